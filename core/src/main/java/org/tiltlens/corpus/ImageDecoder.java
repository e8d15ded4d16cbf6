package org.tiltlens.corpus;

import java.awt.image.BufferedImage;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import javax.imageio.ImageReader;
import javax.imageio.stream.ImageInputStream;
import javax.imageio.stream.MemoryCacheImageInputStream;

/**
 * JPEG (grey and CMYK too), PNG, WebP, BMP and GIF (its first frame), from bytes that anyone may
 * have written.
 *
 * <p>The header's size is read before a pixel is allocated.
 */
final class ImageDecoder {
  /** An image file larger than this is not read. */
  private static final int MAX_FILE_BYTES = 64 << 20;

  private static final long MAX_PIXELS = 64L << 20;
  private static final List<String> ENDINGS =
      List.of(".jpg", ".jpeg", ".png", ".webp", ".bmp", ".gif");
  private static final List<String> FORMATS = List.of("jpeg", "jpg", "png", "webp", "bmp", "gif");

  static {
    ImageIO.setUseCache(false);
  }

  private ImageDecoder() {}

  /** Whether a file's name says that it is an image. */
  static boolean isImageName(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    String file = lower.substring(lower.lastIndexOf('/') + 1);
    return !file.startsWith(".")
        && !lower.startsWith("__macosx/")
        && ENDINGS.stream().anyMatch(lower::endsWith);
  }

  /**
   * Decodes a whole file.
   *
   * @throws BrokenImageException if it is no image, damaged or too large
   * @throws IOException if {@code file} cannot be read
   */
  static RawImage decode(InputStream file) throws IOException {
    byte[] bytes = file.readNBytes(MAX_FILE_BYTES + 1);
    if (bytes.length > MAX_FILE_BYTES) {
      throw new BrokenImageException("is larger than " + (MAX_FILE_BYTES >> 20) + " MB");
    }
    return decode(bytes);
  }

  private static RawImage decode(byte[] bytes) throws BrokenImageException {
    try (ImageInputStream in = new MemoryCacheImageInputStream(new ByteArrayInputStream(bytes))) {
      ImageReader reader = reader(in);
      try {
        return decode(reader, in);
      } finally {
        reader.dispose();
      }
    } catch (BrokenImageException e) {
      throw e;
    } catch (IOException | RuntimeException e) {
      // The readers answer damaged files with exceptions of all kinds.
      String reason = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
      throw new BrokenImageException("cannot be decoded: " + reason, e);
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
    throw new BrokenImageException("is no JPEG, PNG, WebP, BMP or GIF");
  }

  private static RawImage decode(ImageReader reader, ImageInputStream in) throws IOException {
    reader.setInput(in, false, true);
    long width = reader.getWidth(0);
    long height = reader.getHeight(0);
    if (width * height > MAX_PIXELS) {
      throw new BrokenImageException(
          String.format(
              Locale.ROOT,
              "is %d x %d pixels, more than the %d million allowed",
              width,
              height,
              MAX_PIXELS >> 20));
    }
    boolean[] cut = new boolean[1];
    reader.addIIOReadWarningListener((source, warning) -> cut[0] |= saysTruncated(warning));
    BufferedImage image = reader.read(0);
    if (cut[0]) {
      throw new BrokenImageException("is truncated");
    }
    return RawImage.of(image);
  }

  /** JPEG readers fill what is missing with grey and only warn. */
  private static boolean saysTruncated(String warning) {
    String lower = warning.toLowerCase(Locale.ROOT);
    return lower.contains("premature") || lower.contains("truncat") || lower.contains("eof");
  }
}
