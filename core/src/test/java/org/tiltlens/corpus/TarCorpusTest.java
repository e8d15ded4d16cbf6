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
import java.util.stream.IntStream;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class TarCorpusTest {
  private static final byte[] PNG = encoded(plain(8, 8, 0x336699), "png");

  private static final String LEFT_OUT_LINKS =
      "left out 4 of 7 images: 3 linked (unpack, and give the folder), 1 unreadable";

  @TempDir private Path folder;
  private final TarFiles tar = new TarFiles();

  private void add(String name, char type, byte[] data) {
    tar.add(name, type, data);
  }

  private Corpus open() throws IOException {
    return open(tar.whole());
  }

  private Corpus open(byte[] bytes) throws IOException {
    return Corpus.open(Files.write(folder.resolve("a.tar"), bytes), Framing.crop(8));
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
    tar.link("link.png", '2', "00000.png");
    try (Corpus corpus = open();
        Scope scope = Scope.open()) {
      assertThat(corpus.size()).isEqualTo(3);
      assertThat(corpus.name(1)).isEqualTo("00001.png");
      assertThat(corpus.read(0, 3).orElseThrow().indices()).containsExactly(0, 1);
      assertThat(corpus.skipped().of(3).why())
          .isEqualTo(Map.of(".heic", 1, "damaged", 1, "with an unsafe name", 1, "linked", 1));
    }
  }

  @Test
  void hardLinksAreWhatTheyLeadToAndWhatIsNoFileIsSaid() throws IOException {
    byte[] blue = encoded(plain(8, 8, 0x0000FF), "png");
    add("a/first.png", '0', PNG);
    add("b/no_image.dat", '7', blue);
    tar.link("b/again.png", '1', "a/first.png");
    tar.link("b/renamed.png", '1', "b/no_image.dat");
    String target = "a/" + "t".repeat(120) + ".png";
    tar.link("c/lost.png", '1', "elsewhere.png");
    add("././@LongLink", 'K', (target + "\0").getBytes(StandardCharsets.UTF_8));
    tar.link("c/cut.png", '1', "a/first.png");
    tar.link("folder", '2', "../elsewhere");
    tar.link("notes.txt", '2', "../elsewhere.txt");
    add("pipe.png", '6', new byte[0]);
    add("c.png/", '5', new byte[0]);
    try (Corpus corpus = open();
        Scope scope = Scope.open()) {
      assertThat(IntStream.range(0, corpus.size()).mapToObj(corpus::name))
          .containsExactly("a/first.png", "b/again.png", "b/renamed.png");
      assertThat(corpus.classNames()).containsExactly("a", "b");
      assertThat(Tensors.toFloats(corpus.read(1).orElseThrow()))
          .isEqualTo(Tensors.toFloats(corpus.read(0).orElseThrow()))
          .isNotEqualTo(Tensors.toFloats(corpus.read(2).orElseThrow()));
      assertThat(corpus.skipped().of(3)).hasToString(LEFT_OUT_LINKS);
      assertThat(corpus.skipped().names())
          .contains("c/cut.png: is a link to '" + target + "'\n")
          .contains("pipe.png: is no regular file\n");
    }
  }

  @Test
  void tarsWithoutAnEndAreReadAndSaid() throws IOException {
    add("a.png", '0', PNG);
    try (Corpus corpus = open(tar.bytes())) {
      assertThat(corpus.size()).isEqualTo(1);
      assertThat(corpus.skipped().of(1))
          .hasToString("left out 1 of 2 images: 1 tar without its end (cut short?)");
      assertThat(corpus.skipped().names()).startsWith("a.tar: lacks the blocks of zeros that end");
    }
    // One block is what others write.
    try (Corpus corpus = open(Arrays.copyOf(tar.bytes(), tar.bytes().length + 512))) {
      assertThat(corpus.skipped().of(1)).isNull();
    }
  }

  private void shard(String name, String... images) throws IOException {
    TarFiles files = new TarFiles();
    for (String image : images) {
      files.add(image, '0', PNG);
    }
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, name.endsWith("z") ? gzip(files.whole()) : files.whole());
  }

  @Test
  void aFolderOfShardsIsOneCorpus() throws IOException {
    shard("train/shard-000001.tar", "dog/a.png", "dog/b.jxl");
    shard("train/shard-000000.tar", "cat/b.png", "cat/a.png", "fox/a.png");
    shard("train/empty.tar", "notes.txt");
    shard("val.tgz", "cat/c.png");
    Files.write(folder.resolve("index.json"), new byte[9]);
    Files.write(folder.resolve("rest.7z"), new byte[9]);
    try (Corpus corpus = Corpus.open(folder, Framing.crop(8));
        Scope scope = Scope.open()) {
      assertThat(IntStream.range(0, corpus.size()).mapToObj(corpus::name))
          .containsExactly(
              "train/shard-000000.tar/cat/a.png",
              "train/shard-000000.tar/cat/b.png",
              "train/shard-000000.tar/fox/a.png",
              "train/shard-000001.tar/dog/a.png",
              "val.tgz/cat/c.png");
      assertThat(corpus.classNames()).containsExactly("cat", "dog", "fox");
      assertThat(IntStream.range(0, 5).mapToObj(i -> corpus.className(i).orElseThrow()))
          .containsExactly("cat", "cat", "fox", "dog", "cat");
      assertThat(corpus.read(0, 5).orElseThrow().indices()).hasSize(5);
      assertThat(corpus.skipped().names())
          .contains("rest.7z: ")
          .contains("train/shard-000001.tar/dog/b.jxl: ");
    }
  }

  @Test
  void aFolderOfShardsWithoutImagesOrWithADamagedOneIsRefused() throws IOException {
    shard("a/0.tar", "notes.txt");
    Path first = folder.resolve("a");
    assertThatThrownBy(() -> Corpus.open(first, Framing.crop(8)))
        .hasMessageStartingWith("'" + first + "' holds no images: expected");
    shard("b/0.tar", "x.png");
    Files.write(folder.resolve("b/1.tar"), new byte[1024]);
    assertThatThrownBy(() -> Corpus.open(folder.resolve("b"), Framing.crop(8)))
        .hasMessage("'" + folder.resolve("b/1.tar") + "' is no intact tar file");
  }

  @Test
  void shardsBesideImagesAreLeftOut() throws IOException {
    shard("0.tar", "a.png");
    Files.write(folder.resolve("x.png"), PNG);
    try (Corpus corpus = Corpus.open(folder, Framing.crop(8))) {
      assertThat(corpus.size()).isEqualTo(1);
      assertThat(corpus.skipped().of(1))
          .hasToString("left out 1 of 2 images: 1 .tar (unpack, or name one)");
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
