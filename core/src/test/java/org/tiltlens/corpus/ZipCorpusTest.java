package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.plain;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Scope;

class ZipCorpusTest {
  private static final byte[] PNG = encoded(plain(8, 8, 0x336699), "png");
  private static final int CENTRAL = 0x02014B50;

  @TempDir private Path folder;

  private static byte[] zip(Charset charset, String... names) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes, charset)) {
      for (String name : names) {
        zip.putNextEntry(new ZipEntry(name));
        zip.write(PNG);
      }
    }
    return bytes.toByteArray();
  }

  private Corpus open(byte[] zip) throws IOException {
    return Corpus.open(Files.write(folder.resolve("a.zip"), zip), Framing.crop(8));
  }

  private static List<String> names(Corpus corpus) {
    return IntStream.range(0, corpus.size()).mapToObj(corpus::name).toList();
  }

  private static int read(Corpus corpus) {
    try (Scope scope = Scope.open()) {
      return corpus.read(0, corpus.size()).orElseThrow().indices().size();
    }
  }

  @Test
  void namesInOtherEncodingsAreRead() throws IOException {
    try (Corpus corpus = open(zip(Charset.forName("IBM437"), "café/é.png", "plain.png"))) {
      assertThat(names(corpus)).containsExactly("café/é.png", "plain.png");
      assertThat(read(corpus)).isEqualTo(2);
    }
    // The second byte of the second letter is a backslash.
    try (Corpus corpus = open(zip(Charset.forName("Shift_JIS"), "写真/表.png", "plain.png"))) {
      assertThat(names(corpus)).hasSize(2).contains("plain.png");
      assertThat(read(corpus)).isEqualTo(2);
    }
  }

  @Test
  void backslashesPartFoldersAndLeadNowhereElse() throws IOException {
    byte[] zip =
        zip(
            StandardCharsets.UTF_8,
            "train\\cat\\1.png",
            "train/dog/2.png",
            "train/cat/1.png",
            "..\\evil.png",
            "C:\\evil.png",
            "\\evil.png");
    try (Corpus corpus = open(zip)) {
      assertThat(names(corpus)).containsExactly("train/cat/1.png", "train/dog/2.png");
      assertThat(corpus.classNames()).containsExactly("cat", "dog");
      assertThat(read(corpus)).isEqualTo(2);
      assertThat(corpus.skipped().of(2).why()).isEqualTo(Map.of("with an unsafe name", 3));
    }
    try (Corpus corpus = Corpus.open(folder.resolve("a.zip/train/cat"), Framing.crop(8))) {
      assertThat(names(corpus)).containsExactly("1.png");
      assertThat(read(corpus)).isEqualTo(1);
    }
  }

  @Test
  void namesWithColonsAreRead() throws IOException {
    try (Corpus corpus = open(zip(StandardCharsets.UTF_8, "2024-01-01 12:00:00.png", "b.png"))) {
      assertThat(names(corpus)).containsExactly("2024-01-01 12:00:00.png", "b.png");
      assertThat(read(corpus)).isEqualTo(2);
    }
  }

  @Test
  void zipsInZipsAreSaid() throws IOException {
    try (Corpus corpus =
        open(zip(StandardCharsets.UTF_8, "a.png", "inner.zip", "b/", "__MACOSX/._a.png"))) {
      assertThat(names(corpus)).containsExactly("a.png");
      assertThat(corpus.skipped().of(1))
          .hasToString("left out 1 of 2 images: 1 .zip (unpack, or name one)");
    }
    byte[] only = zip(StandardCharsets.UTF_8, "inner.zip");
    assertThatThrownBy(() -> open(only))
        .hasMessageContaining("holds no images that can be read (left out 1 of 1 images: 1 .zip");
  }

  @Test
  void linksAreSaid() throws IOException {
    byte[] zip = zip(StandardCharsets.UTF_8, "b/link.png", "b/a.png", "c.png");
    // Made on Unix, a link of mode 777.
    setCentral(zip, 4, 3 << 8 | 20);
    setCentral(zip, 40, 0xA1FF);
    try (Corpus corpus = open(zip)) {
      assertThat(names(corpus)).containsExactly("b/a.png", "c.png");
      assertThat(corpus.skipped().of(2))
          .hasToString("left out 1 of 3 images: 1 linked (unpack, and give the folder)");
    }
    Path file = Files.write(folder.resolve("links.zip"), zip);
    try (Corpus corpus = Corpus.open(file.resolve("b"), Framing.crop(8))) {
      assertThat(names(corpus)).containsExactly("a.png");
      assertThat(corpus.skipped().names()).isEqualTo("link.png: is a link\n");
    }
    byte[] prefixed = new byte[7 + zip.length];
    System.arraycopy(zip, 0, prefixed, 7, zip.length);
    Path behind = Files.write(folder.resolve("behind.zip"), prefixed);
    try (Corpus corpus = Corpus.open(behind, Framing.crop(8))) {
      assertThat(names(corpus)).containsExactly("b/a.png", "c.png");
    }
    // A mode of another system is none.
    setCentral(zip, 4, 20);
    try (Corpus corpus = open(zip)) {
      assertThat(corpus.size()).isEqualTo(3);
    }
  }

  @Test
  void packingsThatJavaDoesNotReadAreNamed() throws IOException {
    for (Map.Entry<Integer, String> each :
        Map.of(9, "Deflate64", 14, "LZMA", 93, "Zstandard", 77, "method 77").entrySet()) {
      byte[] zip = zip(StandardCharsets.UTF_8, "a.png");
      setCentral(zip, 10, each.getKey());
      assertThatThrownBy(() -> open(zip))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(
              "is packed with " + each.getValue() + ", which is not read: unpack");
    }
    byte[] encrypted = zip(StandardCharsets.UTF_8, "a.png");
    setCentral(encrypted, 8, 1);
    assertThatThrownBy(() -> open(encrypted))
        .hasMessageContaining("is encrypted: unpack it with its password");
  }

  /** Sets two bytes of the first central header. */
  private static void setCentral(byte[] zip, int offset, int value) {
    ByteBuffer bytes = ByteBuffer.wrap(zip).order(ByteOrder.LITTLE_ENDIAN);
    int header =
        IntStream.range(0, zip.length - 4)
            .filter(at -> bytes.getInt(at) == CENTRAL)
            .findFirst()
            .orElseThrow();
    bytes.putShort(header + offset, (short) value);
  }

  @Test
  void zipsBehindAProgramAreRead() throws IOException {
    byte[] zip = zip(StandardCharsets.UTF_8, "a.png");
    ByteBuffer unpacking = ByteBuffer.allocate(500 + zip.length).put(new byte[500]).put(zip);
    try (Corpus corpus = open(unpacking.array())) {
      assertThat(names(corpus)).containsExactly("a.png");
      assertThat(read(corpus)).isEqualTo(1);
    }
    byte[] page = "<html>".getBytes(StandardCharsets.US_ASCII);
    assertThatThrownBy(() -> open(page)).hasMessageContaining("is no intact zip file");
  }
}
