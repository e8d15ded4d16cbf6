package org.tiltlens.corpus;

import java.time.Duration;

/**
 * What an image file may ask of who decodes it; one that asks for more is refused.
 *
 * @param bytes of the file, at least 1
 * @param pixels of the image, at least 1; a JPEG, which is read row by row, may have {@value
 *     #SPARSE} times as many, of which every second or third is taken
 * @param time that decoding takes, as far as the format's reader says how far it is
 */
public record ImageLimits(int bytes, long pixels, Duration time) {
  /** What any image of a corpus may ask for. */
  static final ImageLimits OF_CORPUS =
      new ImageLimits(ImageDecoder.MAX_FILE_BYTES, 64L << 20, Duration.ofHours(1));

  private static final int SPARSE = 8;

  public ImageLimits {
    if (bytes < 1 || pixels < 1 || time.isNegative()) {
      throw new IllegalArgumentException(
          "illegal limits of an image: "
              + bytes
              + " bytes, "
              + pixels
              + " pixels, "
              + time
              + ": expected a byte, a pixel and no time or more");
    }
  }

  long jpegPixels() {
    return SPARSE * pixels;
  }
}
