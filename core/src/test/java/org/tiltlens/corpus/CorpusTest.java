package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.grey;
import static org.tiltlens.corpus.ImageFiles.noise;
import static org.tiltlens.corpus.ImageFiles.plain;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class CorpusTest {
  @TempDir private Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private void write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private static List<String> names(Corpus corpus) {
    return IntStream.range(0, corpus.size()).mapToObj(corpus::name).toList();
  }

  /** Red, green and blue, in 0..255, of the pixel in the middle. */
  private static float[] middle(Tensor image) {
    long side = image.size(1);
    float[] values =
        Tensors.toFloats(image.narrow(1, side / 2, 1).narrow(2, side / 2, 1).flatten());
    for (int i = 0; i < values.length; i++) {
      values[i] = (values[i] + 1) * 127.5f;
    }
    return values;
  }

  private void assertMiddle(Corpus corpus, String name, int rgb, double tolerance) {
    float[] actual = middle(corpus.read(names(corpus).indexOf(name)).orElseThrow());
    for (int c = 0; c < 3; c++) {
      assertThat(actual[c])
          .as(name + " channel " + c)
          .isCloseTo(rgb >> (16 - 8 * c) & 0xFF, within((float) tolerance));
    }
  }

  @Test
  void foldersAreReadInNameOrderWithTheFolderAroundAsClass() throws IOException {
    byte[] image = encoded(plain(8, 8, 0x336699), "png");
    for (String name : List.of("train/dog/2.png", "train/cat/10.png", "test/dog/a.PNG")) {
      write(name, image);
    }
    write("train/dog/notes.txt", new byte[10]);
    write("train/dog/.hidden.png", image);
    try (Corpus corpus = Corpus.open(folder, Framing.crop(8))) {
      assertThat(names(corpus))
          .containsExactly("test/dog/a.PNG", "train/cat/10.png", "train/dog/2.png");
      assertThat(corpus.classNames()).containsExactly("cat", "dog");
      assertThat(corpus.label(0)).isEqualTo(OptionalInt.of(1));
      assertThat(corpus.label(1)).isEqualTo(OptionalInt.of(0));
      assertThat(corpus.read(0, 3).orElseThrow().indices()).containsExactly(0, 1, 2);
      assertThat(corpus.skipped().count()).isZero();
    }
  }

  @Test
  void aStartThatLacksClassesIsSaid() throws IOException {
    byte[] image = encoded(plain(8, 8, 0x336699), "png");
    for (String name : List.of("cat/0.png", "cat/1.png", "dog/0.png", "fox/0.png")) {
      write(name, image);
    }
    try (Corpus corpus = Corpus.open(folder, Framing.crop(8))) {
      assertThat(corpus.lackOfFirst(2))
          .hasValue("the first 2 of 4 images are of 1 of 3 classes: numbers are of these alone");
      assertThat(corpus.lackOfFirst(4)).isEmpty();
    }
    write("0.png", image);
    try (Corpus corpus = Corpus.open(folder, Framing.crop(8))) {
      assertThat(corpus.lackOfFirst(2)).as("without classes").isEmpty();
    }
  }

  @Test
  void everyFormatKeepsItsColours() throws IOException {
    write("a.png", encoded(plain(9, 9, 0x336699), "png"));
    write("b.bmp", encoded(plain(9, 9, 0x336699), "bmp"));
    write("c.gif", encoded(plain(9, 9, 0x336699), "gif"));
    write("d.jpg", encoded(plain(9, 9, 0x336699), "jpg"));
    write("e.jpg", encoded(grey(9, 77), "jpg"));
    write("f.png", encoded(grey(9, 77), "png"));
    write("g.webp", ImageFiles.WEBP);
    write("h.jpg", ImageFiles.cmykJpeg(16, 0, 255, 255, 0));
    try (Corpus corpus = Corpus.open(folder, Framing.crop(8))) {
      assertMiddle(corpus, "a.png", 0x336699, 0.01);
      assertMiddle(corpus, "b.bmp", 0x336699, 0.01);
      assertMiddle(corpus, "c.gif", 0x336699, 0.01);
      assertMiddle(corpus, "d.jpg", 0x336699, 4);
      assertMiddle(corpus, "e.jpg", 0x4D4D4D, 1);
      assertMiddle(corpus, "f.png", 0x4D4D4D, 0.01);
      float[] red = middle(corpus.read(7).orElseThrow());
      assertThat(red[0] - Math.max(red[1], red[2])).as("CMYK red").isGreaterThan(100);
      assertThat(corpus.read(6)).as("WebP").isPresent();
      assertThat(corpus.skipped().first()).isEmpty();
      assertThat(corpus.label(0)).isEmpty();
    }
  }

  @Test
  void picturesOfAnyShapeHaveAFingerprint() throws Exception {
    write("a.png", encoded(plain(96, 64, 0x336699), "png"));
    write("b.png", encoded(plain(64, 64, 0x993366), "png"));
    write("c.png", encoded(plain(64, 96, 0x669933), "png"));
    for (Framing framing : List.of(Framing.crop(32), Framing.pad(32))) {
      try (Corpus corpus = Corpus.open(folder, framing)) {
        MessageDigest expected = MessageDigest.getInstance("SHA-256");
        expected.update((framing + "\na.png\nb.png\nc.png").getBytes(StandardCharsets.UTF_8));
        for (int i = 0; i < 3; i++) {
          float[] pixels = Tensors.toFloats(corpus.read(i).orElseThrow());
          ByteBuffer bytes = ByteBuffer.allocate(4 * pixels.length).order(ByteOrder.LITTLE_ENDIAN);
          bytes.asFloatBuffer().put(pixels);
          expected.update(bytes.array());
        }
        assertThat(corpus.fingerprint(3)).isEqualTo(HexFormat.of().formatHex(expected.digest()));
      }
    }
  }

  @Test
  void brokenFilesAreCountedNamedAndSkipped() throws IOException {
    byte[] jpeg = encoded(noise(64, 1), "jpg");
    byte[] png = encoded(noise(64, 1), "png");
    write("a.jpg", jpeg);
    write("b.jpg", Arrays.copyOf(jpeg, jpeg.length / 2));
    write("c.png", Arrays.copyOf(png, png.length / 2));
    write("d.png", ImageFiles.pngHeader(40_000, 40_000));
    write("e.gif", new byte[0]);
    write("f.jpg", "not an image at all".getBytes(StandardCharsets.UTF_8));
    write("g.png", png);
    try (Corpus corpus = Corpus.open(folder, Framing.crop(16))) {
      Corpus.Batch batch = corpus.read(0, 7).orElseThrow();
      assertThat(batch.indices()).containsExactly(0, 6);
      assertThat(Tensors.shape(batch.images())).containsExactly(2, 3, 16, 16);
      corpus.read(1);
      assertThat(corpus.skipped().count()).isEqualTo(5);
      assertThat(corpus.skipped().first())
          .extracting(Skipped.Entry::name)
          .containsExactly("b.jpg", "c.png", "d.png", "e.gif", "f.jpg");
      assertThat(corpus.skipped().toString())
          .contains("5 skipped: b.jpg: is truncated")
          .contains("d.png: is 40000 x 40000 pixels");
    }
  }

  @Test
  void whatIsNoCorpusIsSaidClearly() throws IOException {
    assertThatThrownBy(() -> Corpus.open(folder, Framing.crop(8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds no images: expected .jpg");
    assertThatThrownBy(() -> Corpus.open(folder.resolve("nowhere"), Framing.crop(8)))
        .isInstanceOf(NoSuchFileException.class);
    write("notes.txt", new byte[100]);
    assertThatThrownBy(() -> Corpus.open(folder.resolve("notes.txt"), Framing.crop(8)))
        .hasMessageContaining("is no corpus: expected a folder, .zip");
    assertThatThrownBy(() -> Framing.crop(0)).hasMessageContaining("image size 0");
  }

  private Path zip(String name, Object... namesAndBytes) throws IOException {
    Path file = folder.resolve(name);
    try (OutputStream out = Files.newOutputStream(file);
        ZipOutputStream zip = new ZipOutputStream(out)) {
      for (int i = 0; i < namesAndBytes.length; i += 2) {
        zip.putNextEntry(new ZipEntry((String) namesAndBytes[i]));
        zip.write((byte[]) namesAndBytes[i + 1]);
      }
    }
    return file;
  }

  @Test
  void zipsAreReadInPlaceWholeOrByFolder() throws IOException {
    byte[] image = encoded(plain(8, 8, 0x336699), "png");
    Path zip =
        zip("a.zip", "train/dog/2.png", image, "test/cat/1.png", image, "../evil.png", image);
    try (Corpus corpus = Corpus.open(zip, Framing.crop(8))) {
      assertThat(names(corpus)).containsExactly("test/cat/1.png", "train/dog/2.png");
      assertThat(corpus.skipped().first())
          .containsExactly(new Skipped.Entry("../evil.png", Skipped.UNSAFE, "has an unsafe name"));
      assertMiddle(corpus, "test/cat/1.png", 0x336699, 0.01);
    }
    try (Corpus corpus = Corpus.open(zip.resolve("train"), Framing.crop(8))) {
      assertThat(names(corpus)).containsExactly("dog/2.png");
      assertMiddle(corpus, "dog/2.png", 0x336699, 0.01);
    }
    assertThatThrownBy(() -> Corpus.open(zip.resolve("val"), Framing.crop(8)))
        .hasMessageContaining("holds no images");
  }

  @Test
  void zipBombsAndDamagedZipsDoNoHarm() throws IOException {
    Path bomb = zip("a.zip", "bomb.png", new byte[65 << 20], "b.png", encoded(noise(8, 1), "png"));
    try (Corpus corpus = Corpus.open(bomb, Framing.crop(8))) {
      assertThat(corpus.read(0, 2).orElseThrow().indices()).containsExactly(0);
      assertThat(corpus.skipped().first())
          .containsExactly(
              new Skipped.Entry("bomb.png", Skipped.TOO_LARGE, "is larger than 64 MB"));
    }
    byte[] bytes = Files.readAllBytes(bomb);
    Path cut = Files.write(folder.resolve("cut.zip"), Arrays.copyOf(bytes, bytes.length - 30));
    assertThatThrownBy(() -> Corpus.open(cut, Framing.crop(8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no intact zip");
  }

  @Test
  void fingerprintChangesWithImagesAndFraming() throws IOException {
    write("a.png", encoded(noise(8, 1), "png"));
    write("b.png", encoded(noise(8, 2), "png"));
    String first = fingerprint(Framing.crop(8));
    assertThat(fingerprint(Framing.crop(8))).isEqualTo(first);
    assertThat(fingerprint(Framing.crop(16))).isNotEqualTo(first);
    write("b.png", encoded(noise(8, 3), "png"));
    assertThat(fingerprint(Framing.crop(8))).isNotEqualTo(first);
  }

  private String fingerprint(Framing framing) throws IOException {
    try (Corpus corpus = Corpus.open(folder, framing)) {
      return corpus.fingerprint(2);
    }
  }
}
