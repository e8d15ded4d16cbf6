package org.tiltlens.corpus;

import java.awt.image.BufferedImage;
import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.WritableRaster;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Base64;
import java.util.Random;
import java.util.zip.CRC32;
import javax.imageio.IIOImage;
import javax.imageio.ImageIO;
import javax.imageio.ImageWriter;
import javax.imageio.stream.ImageOutputStream;

/** Small image files in all formats. */
public final class ImageFiles {
  /** One white pixel. */
  public static final byte[] WEBP =
      Base64.getDecoder().decode("UklGRiIAAABXRUJQVlA4IBYAAAAwAQCdASoBAAEADsD+JaQAA3AAAAAA");

  private ImageFiles() {}

  public static byte[] encoded(BufferedImage image, String format) {
    try (ByteArrayOutputStream out = new ByteArrayOutputStream()) {
      if (!ImageIO.write(image, format, out)) {
        throw new IllegalStateException("no writer for " + format);
      }
      return out.toByteArray();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  public static BufferedImage plain(int width, int height, int rgb) {
    BufferedImage image = new BufferedImage(width, height, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < width * height; i++) {
      image.setRGB(i % width, i / width, rgb);
    }
    return image;
  }

  public static BufferedImage noise(int side, long seed) {
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_INT_RGB);
    Random random = new Random(seed);
    for (int i = 0; i < side * side; i++) {
      image.setRGB(i % side, i / side, random.nextInt(1 << 24));
    }
    return image;
  }

  static BufferedImage grey(int side, int level) {
    BufferedImage image = new BufferedImage(side, side, BufferedImage.TYPE_BYTE_GRAY);
    for (int i = 0; i < side * side; i++) {
      image.getRaster().setSample(i % side, i / side, 0, level);
    }
    return image;
  }

  /** A CMYK JPEG as Adobe's programs write it, inverted and marked so; all pixels alike. */
  public static byte[] cmykJpeg(int side, int... cmyk) throws IOException {
    WritableRaster raster =
        Raster.createInterleavedRaster(DataBuffer.TYPE_BYTE, side, side, 4, null);
    for (int i = 0; i < side * side; i++) {
      raster.setPixel(i % side, i / side, Arrays.stream(cmyk).map(level -> 255 - level).toArray());
    }
    ImageWriter writer = ImageIO.getImageWritersByFormatName("jpeg").next();
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ImageOutputStream out = ImageIO.createImageOutputStream(bytes)) {
      writer.setOutput(out);
      writer.write(new IIOImage(raster, null, null));
    } finally {
      writer.dispose();
    }
    byte[] plain = bytes.toByteArray();
    ByteBuffer marked = ByteBuffer.allocate(plain.length + 16);
    marked.put(plain, 0, 2).putInt(0xFFEE000E).put("Adobe".getBytes(StandardCharsets.US_ASCII));
    marked.put(new byte[] {0, 100, 0, 0, 0, 0, 0});
    return marked.put(plain, 2, plain.length - 2).array();
  }

  /** A PNG whose header promises a size and whose pixels never come. */
  public static byte[] pngHeader(int width, int height) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    DataOutputStream out = new DataOutputStream(bytes);
    out.writeLong(0x89504E470D0A1A0AL);
    byte[] header =
        ByteBuffer.allocate(17)
            .put("IHDR".getBytes(StandardCharsets.US_ASCII))
            .putInt(width)
            .putInt(height)
            .put(new byte[] {8, 2, 0, 0, 0})
            .array();
    CRC32 crc = new CRC32();
    crc.update(header);
    out.writeInt(13);
    out.write(header);
    out.writeInt((int) crc.getValue());
    return bytes.toByteArray();
  }

  /** An Exif block that says how a picture is to be turned. */
  public static byte[] exif(int orientation, ByteOrder order) {
    ByteBuffer block = ByteBuffer.allocate(38).order(order);
    block.put((order == ByteOrder.BIG_ENDIAN ? "MM" : "II").getBytes(StandardCharsets.US_ASCII));
    block.putShort((short) 42).putInt(8).putShort((short) 2);
    block.putShort((short) 0x010F).putShort((short) 2).putInt(2).putInt(0);
    block.putShort((short) 0x0112).putShort((short) 3).putInt(1).putShort((short) orientation);
    return block.array();
  }

  /** The file with bytes put in. */
  private static byte[] with(byte[] file, int at, ByteBuffer in) {
    ByteBuffer out = ByteBuffer.allocate(file.length + in.capacity());
    out.put(file, 0, at).put(in.array()).put(file, at, file.length - at);
    return out.array();
  }

  public static byte[] pngWithExif(byte[] png, byte[] exif) {
    return pngWith("eXIf", png, exif);
  }

  /** A PNG with one more chunk, before all others but the first. */
  static byte[] pngWith(String type, byte[] png, byte[] data) {
    ByteBuffer chunk = ByteBuffer.allocate(data.length + 12);
    chunk.putInt(data.length).put(type.getBytes(StandardCharsets.US_ASCII)).put(data);
    CRC32 crc = new CRC32();
    crc.update(chunk.array(), 4, data.length + 4);
    return with(png, 33, chunk.putInt((int) crc.getValue()));
  }

  static byte[] jpegWithExif(byte[] jpeg, byte[] exif) {
    ByteBuffer segment = ByteBuffer.allocate(exif.length + 10);
    segment.putShort((short) 0xFFE1).putShort((short) (exif.length + 8));
    segment.put("Exif\0\0".getBytes(StandardCharsets.US_ASCII)).put(exif);
    return with(jpeg, 2, segment);
  }
}
