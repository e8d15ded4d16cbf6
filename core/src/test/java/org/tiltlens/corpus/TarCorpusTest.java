package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.plain;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.torch.Scope;

class TarCorpusTest {
  private static final byte[] PNG = encoded(plain(8, 8, 0x336699), "png");

  @TempDir private Path folder;
  private final TarFiles tar = new TarFiles();

  private void add(String name, char type, byte[] data) {
    tar.add(name, type, data);
  }

  private Corpus open() throws IOException {
    byte[] whole = Arrays.copyOf(tar.bytes(), tar.bytes().length + 1024);
    return Corpus.open(Files.write(folder.resolve("a.tar"), whole), Framing.crop(8));
  }

  @Test
  void shardsOfWebDatasetAreReadInPlace() throws IOException {
    add("00000.png", '0', PNG);
    add("00000.json", '0', new byte[700]);
    add("00001.cls", '0', new byte[1]);
    add("00001.png", '0', PNG);
    add("00002.png", '0', new byte[600]);
    add("00003.heic", '0', PNG);
    add("../evil.png", '0', PNG);
    add("link.png", '2', new byte[0]);
    try (Corpus corpus = open();
        Scope scope = Scope.open()) {
      assertThat(corpus.size()).isEqualTo(3);
      assertThat(corpus.name(1)).isEqualTo("00001.png");
      assertThat(corpus.read(0, 3).orElseThrow().indices()).containsExactly(0, 1);
      assertThat(corpus.skipped().of(3).why())
          .isEqualTo(Map.of(".heic", 1, "damaged", 1, "with an unsafe name", 1));
    }
  }

  @Test
  void longNamesOfBothKindsAreRead() throws IOException {
    String gnu = "a/" + "n".repeat(150) + ".png";
    add("././@LongLink", 'L', (gnu + "\0").getBytes(StandardCharsets.UTF_8));
    add(gnu.substring(0, 100), '0', PNG);
    String pax = "b/" + "ü".repeat(60) + ".png";
    add("PaxHeader", 'x', ("30 mtime=1\n150 path=" + pax + "\n").getBytes(StandardCharsets.UTF_8));
    add("short", '0', PNG);
    add("c/d.png", '0', PNG);
    try (Corpus corpus = open();
        Scope scope = Scope.open()) {
      assertThat(corpus.name(0)).isEqualTo(gnu);
      assertThat(corpus.name(1)).isEqualTo(pax);
      assertThat(corpus.name(2)).isEqualTo("c/d.png");
      assertThat(corpus.classNames()).containsExactly("a", "b", "c");
      assertThat(corpus.read(0, 3).orElseThrow().indices()).hasSize(3);
    }
  }

  @Test
  void cutTarsAreSaid() throws IOException {
    add("a.png", '0', PNG);
    add("b.png", '0', new byte[5000]);
    byte[] whole = tar.bytes();
    Path cut = Files.write(folder.resolve("cut.tar"), Arrays.copyOf(whole, whole.length - 2000));
    assertThatThrownBy(() -> Corpus.open(cut, Framing.crop(8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is cut short or damaged at 'b.png'");
  }

  @Test
  void packedTarsAreReadFromATemporaryFile() throws IOException {
    add("a/b.png", '0', PNG);
    add("c/d.png", '0', PNG);
    byte[] packed = gzip(tar.bytes());
    Path file = Files.write(folder.resolve("a.tar.gz"), packed);
    long before = unpacked();
    try (Corpus corpus = Corpus.open(file, Framing.crop(8));
        Scope scope = Scope.open()) {
      assertThat(corpus.name(1)).isEqualTo("c/d.png");
      assertThat(corpus.read(0, 2).orElseThrow().indices()).hasSize(2);
    }
    assertThat(unpacked()).isEqualTo(before);
    Path cut = Files.write(folder.resolve("cut.tgz"), Arrays.copyOf(packed, packed.length - 20));
    assertThatThrownBy(() -> Corpus.open(cut, Framing.crop(8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("'" + cut + "' is truncated");
    Path text = Files.write(folder.resolve("a.txt.gz"), gzip(new byte[99]));
    assertThatThrownBy(() -> Corpus.open(text, Framing.crop(8)))
        .hasMessageContaining("is no IDX file of images");
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(packed)) {
      gzip.write(bytes);
    }
    return packed.toByteArray();
  }

  private static long unpacked() throws IOException {
    try (Stream<Path> files = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
      return files.filter(file -> file.toString().endsWith(".unpacked")).count();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "377ABCAF271C0004,   'a 7-Zip archive, which is not read: unpack it (7z x)'",
    "526172211A0701,     'a RAR archive, which is not read: unpack it (unrar x)'",
    "28B52FFD24,         'packed with Zstandard, which is not read: unpack it (tar xf'",
    "FD377A585A0000,     'packed with xz, which is not read: unpack it'",
    "425A683931,         'packed with bzip2, which is not read: unpack it'",
    "04224D18,           'packed with LZ4, which is not read: unpack it'",
    "4152524F57310000,   'an Arrow file, which is not read: write its images to a folder or'",
    "894844460D0A1A0A,   'an HDF5 file, which is not read: write its images to a folder'",
    "50415245,           'an encrypted Parquet file, which is not read: write it without'",
  })
  void otherPackingsAreNamedWithTheWayOut(String start, String what) throws IOException {
    byte[] bytes = Arrays.copyOf(HexFormat.of().parseHex(start), 64);
    Path file = Files.write(folder.resolve("images"), bytes);
    assertThatThrownBy(() -> Corpus.open(file, Framing.crop(8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'" + file + "' is " + what);
  }
}
