package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.exif;
import static org.tiltlens.corpus.ImageFiles.jpegWithExif;
import static org.tiltlens.corpus.ImageFiles.noise;
import static org.tiltlens.corpus.ImageFiles.plain;
import static org.tiltlens.corpus.ImageFiles.pngWith;
import static org.tiltlens.corpus.ImageFiles.pngWithExif;

import java.awt.Transparency;
import java.awt.color.ColorSpace;
import java.awt.image.BufferedImage;
import java.awt.image.ColorModel;
import java.awt.image.ComponentColorModel;
import java.awt.image.DataBuffer;
import java.awt.image.WritableRaster;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.zip.DeflaterOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ImageDecoderTest {
  /** What the pixels 0, 1, 2 above 3, 4, 5 are seen as by each orientation, from 1. */
  private static final String[] SEEN = {
    "012/345", "210/543", "543/210", "345/012", "03/14/25", "30/41/52", "52/41/30", "25/14/03"
  };

  private static RawImage decode(byte[] file) throws IOException {
    return ImageDecoder.decode(new ByteArrayInputStream(file));
  }

  /** Red, from 0 to 255, row by row. */
  private static int[] red(RawImage image) {
    try (Scope scope = Scope.open()) {
      float[] values = Tensors.toFloats(image.toTensor().select(0, 0).flatten());
      int[] levels = new int[values.length];
      for (int i = 0; i < levels.length; i++) {
        levels[i] = Math.round((values[i] + 1) * 127.5f);
      }
      return levels;
    }
  }

  private static String seen(RawImage image) {
    int[] red = red(image);
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < red.length; i++) {
      text.append(i > 0 && i % image.width() == 0 ? "/" : "").append(Math.round(red[i] / 40f));
    }
    return text.toString();
  }

  private static BufferedImage sixPixels() {
    BufferedImage image = new BufferedImage(3, 2, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 6; i++) {
      image.setRGB(i % 3, i / 3, 40 * i * 0x010101);
    }
    return image;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
  void picturesAreTurnedAsTheirExifSays(int orientation) throws IOException {
    byte[] png = encoded(sixPixels(), "png");
    for (ByteOrder order : new ByteOrder[] {ByteOrder.BIG_ENDIAN, ByteOrder.LITTLE_ENDIAN}) {
      RawImage image = decode(pngWithExif(png, exif(orientation, order)));
      assertThat(seen(image)).isEqualTo(SEEN[orientation - 1]);
    }
  }

  /** A reader would unfold 64 MB of them, and what is behind it is no text. */
  @Test
  void textsOfAPngAreNotRead() throws IOException {
    byte[] png = encoded(sixPixels(), "png");
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    packed.writeBytes(new byte[] {'a', 0, 0});
    try (DeflaterOutputStream out = new DeflaterOutputStream(packed)) {
      out.write(new byte[64 << 20]);
    }
    byte[] text = packed.toByteArray();
    byte[] bomb = pngWith("zTXt", pngWith("tEXt", png, new byte[] {'a', 0, 'b'}), text);
    assertThat(PngChunks.withoutText(bomb)).isEqualTo(png);
    assertThat(seen(decode(bomb))).isEqualTo(SEEN[0]);
    assertThat(PngChunks.withoutText(png)).isSameAs(png);
    byte[] cut = Arrays.copyOf(bomb, bomb.length - 20);
    assertThat(PngChunks.withoutText(cut)).isEqualTo(Arrays.copyOf(png, png.length - 20));
  }

  @Test
  void jpegsAreTurnedTooAndUprightOnesKeepTheirBits() throws IOException {
    byte[] jpeg = encoded(noise(16, 3), "jpg");
    int[] asStored = red(decode(jpeg));
    assertThat(red(decode(jpegWithExif(jpeg, exif(1, ByteOrder.BIG_ENDIAN))))).isEqualTo(asStored);
    int[] turned = red(decode(jpegWithExif(jpeg, exif(6, ByteOrder.BIG_ENDIAN))));
    for (int i = 0; i < turned.length; i++) {
      assertThat(turned[i]).isEqualTo(asStored[(15 - i % 16) * 16 + i / 16]);
    }
  }

  @Test
  void unsoundExifSaysNothing() throws IOException {
    byte[] png = encoded(sixPixels(), "png");
    byte[] exif = exif(6, ByteOrder.BIG_ENDIAN);
    for (int orientation : new int[] {0, 9, 40000}) {
      byte[] odd = pngWithExif(png, exif(orientation, ByteOrder.BIG_ENDIAN));
      assertThat(seen(decode(odd))).isEqualTo(SEEN[0]);
    }
    for (int length = 0; length < 30; length++) {
      byte[] cut = pngWithExif(png, Arrays.copyOf(exif, length));
      assertThat(seen(decode(cut))).as(length + " bytes").isEqualTo(SEEN[0]);
    }
    byte[] far = exif(6, ByteOrder.BIG_ENDIAN);
    ByteBuffer.wrap(far).putInt(4, -2);
    assertThat(seen(decode(pngWithExif(png, far)))).isEqualTo(SEEN[0]);
  }

  @Test
  void tiffsAreRead() throws IOException {
    byte[] tiff = encoded(sixPixels(), "tiff");
    assertThat(seen(decode(tiff))).isEqualTo(SEEN[0]);
    // Its directory is at the end; the readers' own words are of no use to anyone.
    assertThatThrownBy(() -> decode(Arrays.copyOf(tiff, tiff.length / 2)))
        .isInstanceOf(BrokenImageException.class)
        .hasMessage("is no readable TIFF: expected a whole JPEG, PNG, WebP, BMP, GIF or TIFF");
  }

  @Test
  void aGifsFirstFrameLiesOnItsCanvas() throws IOException {
    BufferedImage frame = plain(4, 8, 0);
    int[] levels = new int[16];
    Arrays.fill(levels, 200);
    frame.getRaster().setSamples(2, 0, 2, 8, 0, levels);
    byte[] gif = encoded(frame, "gif");
    assertThat(decode(gif).width()).isEqualTo(4);
    // The canvas' size follows the signature, the frame's place its separator.
    ByteBuffer bytes = ByteBuffer.wrap(gif).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putShort(6, (short) 10).putShort(8, (short) 14);
    int separator = separator(gif);
    bytes.putShort(separator + 1, (short) 5).putShort(separator + 3, (short) 3);
    RawImage image = decode(gif);
    assertThat(image.width()).isEqualTo(10);
    assertThat(image.height()).isEqualTo(14);
    int[] red = red(image);
    int background = red[0];
    for (int i = 0; i < red.length; i++) {
      boolean inside = i % 10 >= 5 && i % 10 < 9 && i / 10 >= 3 && i / 10 < 11;
      int framed = i % 10 >= 7 ? 200 : 0;
      assertThat(red[i]).as("pixel " + i).isEqualTo(inside ? framed : background);
    }
    bytes.putShort(6, (short) 60_000).putShort(8, (short) 60_000);
    assertThatThrownBy(() -> decode(gif)).hasMessageContaining("is 60000 x 60000 pixels");
  }

  /** The first block that is the frame's: behind the header, the palette and the extensions. */
  private static int separator(byte[] gif) {
    int at = 13 + ((gif[10] & 0x80) == 0 ? 0 : 3 << ((gif[10] & 7) + 1));
    while (gif[at] == 0x21) {
      at += 2;
      while (gif[at] != 0) {
        at += (gif[at] & 0xFF) + 1;
      }
      at++;
    }
    return at;
  }

  @Test
  void jpegsOfVeryManyPixelsAreReadSparsely() throws IOException {
    BufferedImage large = new BufferedImage(9000, 8000, BufferedImage.TYPE_BYTE_GRAY);
    for (int y = 0; y < 4000; y++) {
      for (int x = 0; x < 9000; x++) {
        large.getRaster().setSample(x, y, 0, 200);
      }
    }
    RawImage image = decode(encoded(large, "jpg"));
    assertThat(image.width()).isEqualTo(4500);
    assertThat(image.height()).isEqualTo(4000);
    try (Scope scope = Scope.open()) {
      float[] rows = Tensors.toFloats(Framing.crop(8).of(image).select(0, 0).select(1, 3));
      assertThat((rows[0] + 1) * 127.5f).isCloseTo(200, within(2f));
      assertThat((rows[7] + 1) * 127.5f).isCloseTo(0, within(2f));
    }
    assertThatThrownBy(() -> decode(ImageFiles.pngHeader(9000, 8000)))
        .hasMessageContaining("is 9000 x 8000 pixels, more than");
  }

  /** Colours as a reader of TIFF hands them on. */
  private static BufferedImage onePixel(ColorSpace space, int... samples) {
    ColorModel model =
        new ComponentColorModel(space, false, false, Transparency.OPAQUE, DataBuffer.TYPE_BYTE);
    WritableRaster raster = model.createCompatibleWritableRaster(1, 1);
    raster.setPixel(0, 0, samples);
    return new BufferedImage(model, raster, false, null);
  }

  private static ColorSpace ofType(int type, int bands) {
    return new ColorSpace(type, bands) {
      private static final long serialVersionUID = 1;

      @Override
      public float[] toRGB(float[] value) {
        return new float[] {0, 0, 0};
      }

      @Override
      public float[] fromRGB(float[] value) {
        return new float[bands];
      }

      @Override
      public float[] toCIEXYZ(float[] value) {
        return new float[] {0, 0, 0};
      }

      @Override
      public float[] fromCIEXYZ(float[] value) {
        return new float[bands];
      }
    };
  }

  private static int[] levels(RawImage image) {
    try (Scope scope = Scope.open()) {
      double[] values = Tensors.toDoubles(image.toTensor().flatten());
      return Arrays.stream(values).mapToInt(v -> (int) Math.round((v + 1) * 127.5)).toArray();
    }
  }

  /** No ink takes (66, 49, 194) through the curve of linear light. */
  @Test
  void inksAndSamplesCalledLinearAreTheColoursTheyAre() throws IOException {
    ColorSpace inks = ofType(ColorSpace.TYPE_CMYK, 4);
    assertThat(levels(RawImage.of(onePixel(inks, 189, 206, 61, 0)))).containsExactly(66, 49, 194);
    assertThat(levels(RawImage.of(onePixel(inks, 0, 255, 51, 127)))).containsExactly(128, 0, 102);
    ColorSpace linear = ColorSpace.getInstance(ColorSpace.CS_LINEAR_RGB);
    assertThat(levels(RawImage.of(onePixel(linear, 66, 49, 194)))).containsExactly(66, 49, 194);
    assertThatThrownBy(() -> RawImage.of(onePixel(ofType(ColorSpace.TYPE_Lab, 3), 1, 2, 3)))
        .isInstanceOf(BrokenImageException.class)
        .hasMessageContaining("CIELAB");
  }
}
