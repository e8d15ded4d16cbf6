package org.tiltlens.corpus;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG (grey and CMYK too), PNG, WebP, BMP, TIFF (its first page) and GIF (its first frame), from
 * bytes that anyone may have written, turned as their Exif says.
 *
 * <p>The header's size is read before a pixel is allocated.
 */
final class ImageDecoder {
  /** An image file larger than this is not read. */
  static final int MAX_FILE_BYTES = 64 << 20;

  private static final String ACCEPTED = "JPEG, PNG, WebP, BMP, GIF or TIFF";

  private static final List<String> FORMATS =
      List.of("jpeg", "jpg", "png", "webp", "bmp", "gif", "tif", "tiff");

  static {
    ImageIO.setUseCache(false);
  }

  private ImageDecoder() {}

  /**
   * Decodes a whole file.
   *
   * @throws BrokenImageException if it is no image, damaged or too large
   * @throws IOException if {@code file} cannot be read
   */
  static RawImage decode(InputStream file) throws IOException {
    return decode(file, ImageLimits.OF_CORPUS);
  }

  /**
   * The same within limits of who asks.
   *
   * @throws BrokenImageException if it is no image, damaged or beyond the limits
   * @throws IOException if {@code file} cannot be read
   */
  static RawImage decode(InputStream file, ImageLimits limits) throws IOException {
    byte[] bytes = file.readNBytes(limits.bytes() + 1);
    if (bytes.length > limits.bytes()) {
      throw tooLarge(limits.bytes());
    }
    return decode(bytes, limits);
  }

  /** What is said of a file beyond {@link #MAX_FILE_BYTES}. */
  static BrokenImageException tooLarge() {
    return tooLarge(MAX_FILE_BYTES);
  }

  private static BrokenImageException tooLarge(int bytes) {
    return new BrokenImageException(Skipped.TOO_LARGE, "is larger than " + (bytes >> 20) + " MB");
  }

  private static RawImage decode(byte[] given, ImageLimits limits) throws BrokenImageException {
    byte[] bytes = PngChunks.withoutText(given);
    String format = "image";
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      ImageReader reader = reader(in);
      try {
        format = isFormat(reader, "tif") ? "TIFF" : reader.getFormatName().toUpperCase(Locale.ROOT);
        RawImage image = RawImage.of(decode(reader, in, bytes, limits));
        return image.upright(Exif.orientation(bytes));
      } finally {
        reader.dispose();
      }
    } catch (BrokenImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The readers answer damaged files with exceptions of all kinds, in words of their own.
      throw new BrokenImageException(
          Skipped.DAMAGED, "is no readable " + format + ": expected a whole " + ACCEPTED, e);
    }
  }

  private static ImageReader reader(ImageInputStream in) throws IOException {
    Iterator<ImageReader> readers = ImageIO.getImageReaders(in);
    while (readers.hasNext()) {
      ImageReader reader = readers.next();
      if (FORMATS.contains(reader.getFormatName().toLowerCase(Locale.ROOT))) {
        return reader;
      }
      reader.dispose();
    }
    throw new BrokenImageException(Skipped.DAMAGED, "is no " + ACCEPTED);
  }

  private static BufferedImage decode(
      ImageReader reader, ImageInputStream in, byte[] bytes, ImageLimits limits)
      throws IOException {
    reader.setInput(in);
    long width = reader.getWidth(0);
    long height = reader.getHeight(0);
    ImageReadParam sparse = null;
    if (width * height > limits.pixels()
        && width * height <= limits.jpegPixels()
        && JpegSegments.isSequential(ByteBuffer.wrap(bytes))) {
      int step = (int) Math.ceil(Math.sqrt((double) (width * height) / limits.pixels()));
      sparse = reader.getDefaultReadParam();
      sparse.setSourceSubsampling(step, step, 0, 0);
    } else {
      requireBounded(width, height, limits);
    }
    GifCanvas canvas = null;
    if (isFormat(reader, "gif")) {
      canvas = GifCanvas.of(reader);
      requireBounded(canvas.width(), canvas.height(), limits);
    } else if (isFormat(reader, "tif")) {
      requireBounded(reader.getTileWidth(0), reader.getTileHeight(0), limits);
    }
    boolean[] cut = new boolean[1];
    reader.addIIOReadWarningListener((source, warning) -> cut[0] |= saysTruncated(warning));
    DecodingDeadline deadline = new DecodingDeadline(limits.time());
    reader.addIIOReadProgressListener(deadline);
    BufferedImage image = reader.read(0, sparse);
    if (deadline.isPassed()) {
      throw new BrokenImageException(
          Skipped.TOO_LARGE,
          "takes longer to decode than " + limits.time().toSeconds() + " seconds");
    }
    if (cut[0]) {
      throw new BrokenImageException(Skipped.DAMAGED, "is truncated");
    }
    return canvas == null ? image : canvas.with(image);
  }

  private static boolean isFormat(ImageReader reader, String name) throws IOException {
    return reader.getFormatName().toLowerCase(Locale.ROOT).startsWith(name);
  }

  private static void requireBounded(long width, long height, ImageLimits limits)
      throws BrokenImageException {
    if (width * height > limits.pixels()) {
      throw new BrokenImageException(
          Skipped.TOO_LARGE,
          String.format(
              Locale.ROOT,
              "is %d x %d pixels, more than the %d million allowed",
              width,
              height,
              limits.pixels() >> 20));
    }
  }

  /** JPEG readers fill what is missing with grey and only warn. */
  private static boolean saysTruncated(String warning) {
    String lower = warning.toLowerCase(Locale.ROOT);
    return lower.contains("premature") || lower.contains("truncat") || lower.contains("eof");
  }
}
