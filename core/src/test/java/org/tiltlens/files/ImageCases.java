package org.tiltlens.files;

import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.plain;
import static org.tiltlens.files.FileCase.read;
import static org.tiltlens.files.FileCase.refused;
import static org.tiltlens.files.Group.IMAGE;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.ImageFiles;
import org.tiltlens.torch.Tensors;

/** Images, each told by a colour that survives its format. */
final class ImageCases {
  private static final BufferedImage PLAIN = plain(8, 8, 0x336699);
  private static final String COLOUR = "top left #336699";

  private ImageCases() {}

  static List<FileCase> all() {
    return List.of(
        read(IMAGE, "JPEG", COLOUR, file("a.jpg", () -> encoded(PLAIN, "jpg"))),
        read(
            IMAGE,
            "JPEG, CMYK",
            "top left #ff0000",
            file("a.jpg", () -> ImageFiles.cmykJpeg(16, 0, 255, 255, 0))),
        read(IMAGE, "PNG", COLOUR, file("a.png", () -> encoded(PLAIN, "png"))),
        read(
            IMAGE,
            "PNG of 16 bits",
            "top left #999999",
            file("a.png", () -> encoded(grey16(), "png"))),
        read(IMAGE, "WebP", "top left #999999", file("a.webp", () -> ImageFiles.WEBP)),
        read(IMAGE, "BMP", COLOUR, file("a.bmp", () -> encoded(PLAIN, "bmp"))),
        read(IMAGE, "GIF, its first frame", COLOUR, file("a.gif", () -> encoded(PLAIN, "gif"))),
        read(IMAGE, "TIFF, its first page", COLOUR, file("a.tif", () -> encoded(PLAIN, "tiff"))),
        read(
            IMAGE,
            "a picture whose Exif says that it is upside down",
            "top left #336699",
            file("a.png", ImageCases::upsideDown)),
        read(
            IMAGE,
            "a PNG that is called `.jpg`",
            COLOUR,
            file("a.jpg", () -> encoded(PLAIN, "png"))),
        refused(
            IMAGE,
            "a JPEG that broke off",
            "is truncated",
            file("a.jpg", () -> half(encoded(ImageFiles.noise(64, 1), "jpg")))),
        refused(
            IMAGE,
            "an empty file",
            "is no JPEG, PNG, WebP, BMP, GIF or TIFF",
            file("a.jpg", () -> new byte[0])),
        refused(
            IMAGE,
            "a web page in place of the picture",
            "is no JPEG, PNG, WebP, BMP, GIF or TIFF",
            file("a.jpg", () -> "<html></html>".getBytes(StandardCharsets.US_ASCII))),
        refused(
            IMAGE,
            "a PNG of more than 64 million pixels",
            "is 9000 x 8000 pixels, more than the 64 million allowed",
            file("a.png", () -> ImageFiles.pngHeader(9000, 8000))));
  }

  private interface Bytes {
    byte[] get() throws IOException;
  }

  private static FileCase.InFolder file(String name, Bytes bytes) {
    return folder -> Files.write(folder.resolve(name), bytes.get());
  }

  private static BufferedImage grey16() {
    BufferedImage image = new BufferedImage(8, 8, BufferedImage.TYPE_USHORT_GRAY);
    for (int i = 0; i < 64; i++) {
      image.getRaster().setSample(i % 8, i / 8, 0, 0x9999);
    }
    return image;
  }

  /** What is blue at its bottom as stored. */
  private static byte[] upsideDown() {
    BufferedImage image = plain(8, 8, 0xFFFFFF);
    for (int i = 0; i < 32; i++) {
      image.setRGB(i % 8, 4 + i / 8, 0x336699);
    }
    return ImageFiles.pngWithExif(encoded(image, "png"), ImageFiles.exif(3, ByteOrder.BIG_ENDIAN));
  }

  private static byte[] half(byte[] whole) {
    return Arrays.copyOf(whole, whole.length / 2);
  }

  /** A pixel's colour, each level rounded to a multiple of 0x33. */
  static String colour(Tensor image, int row, int column) {
    float[] levels = Tensors.toFloats(image.narrow(1, row, 1).narrow(2, column, 1).flatten());
    StringBuilder text = new StringBuilder("#");
    for (float level : levels) {
      text.append(String.format(Locale.ROOT, "%02x", Math.round((level + 1) / 2 * 5) * 0x33));
    }
    return text.toString();
  }
}
