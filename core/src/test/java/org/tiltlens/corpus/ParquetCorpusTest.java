package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.noise;
import static org.tiltlens.corpus.ImageFiles.plain;
import static org.tiltlens.corpus.ParquetFiles.blob;
import static org.tiltlens.corpus.ParquetFiles.struct;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class ParquetCorpusTest {
  private static final byte[] PNG = encoded(plain(8, 8, 0x336699), "png");

  @TempDir private Path folder;

  private Path file(String name) {
    return folder.resolve(name);
  }

  private static Corpus open(Path path) throws IOException {
    return Corpus.open(path, Framing.crop(8));
  }

  private static List<String> names(Corpus corpus) {
    return IntStream.range(0, corpus.size()).mapToObj(corpus::name).toList();
  }

  private static byte[] numbered(int i) {
    return encoded(plain(8, 8, i), "png");
  }

  /** The number that an image was made of. */
  private static int number(Corpus corpus, int index) {
    try (Scope scope = Scope.open()) {
      float[] rgb =
          Tensors.toFloats(
              corpus.read(index).orElseThrow().narrow(1, 0, 1).narrow(2, 0, 1).flatten());
      int number = 0;
      for (float level : rgb) {
        number = number << 8 | Math.round((level + 1) * 127.5f);
      }
      return number;
    }
  }

  private static String[] rows(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(i -> struct(numbered(i)) + ", " + i % 3)
        .toArray(String[]::new);
  }

  @Test
  void shardsAreReadInOrderAndAtRandom() throws IOException {
    ParquetFiles.write(file("data/train-00001-of-00003.parquet"), "image, label", rows(150, 400));
    ParquetFiles.write(file("data/train-00000-of-00003.parquet"), "image, label", rows(0, 150));
    ParquetFiles.write(file("data/train-00002-of-00003.parquet"), "image, label", rows(400, 401));
    Files.writeString(file("README.md"), "a data set");
    try (Corpus corpus = open(folder)) {
      assertThat(corpus.size()).isEqualTo(401);
      assertThat(corpus.name(0)).isEqualTo("data/train-00000-of-00003.parquet#0");
      assertThat(corpus.name(150)).isEqualTo("data/train-00001-of-00003.parquet#0");
      assertThat(corpus.name(400)).isEqualTo("data/train-00002-of-00003.parquet#0");
      assertThat(corpus.label(0)).isEmpty();
      for (int i = 0; i < 401; i++) {
        assertThat(number(corpus, i)).isEqualTo(i);
      }
      for (int i : new int[] {400, 3, 2, 260, 261, 262, 263, 140, 399, 0}) {
        assertThat(number(corpus, i)).isEqualTo(i);
      }
      assertThat(corpus.skipped().count()).isZero();
    }
  }

  @Test
  void rowGroupsOfAnySizeGiveTheSameImages() throws IOException {
    Path one =
        ParquetFiles.writeWith(
            "ROW_GROUP_SIZE 100000", file("one.parquet"), "image, n", rows(0, 3000));
    try (Corpus corpus = open(one)) {
      for (int i : new int[] {0, 1, 2, 2046, 2047, 2048, 2049, 2050, 2999, 2500}) {
        assertThat(number(corpus, i)).isEqualTo(i);
      }
    }
  }

  @Test
  void bytesAloneAreImagesToo() throws IOException {
    Path file = ParquetFiles.write(file("a.parquet"), "key, jpg", "'a', " + blob(numbered(7)));
    try (Corpus corpus = open(file)) {
      assertThat(names(corpus)).containsExactly("a.parquet#0");
      assertThat(number(corpus, 0)).isEqualTo(7);
    }
  }

  @Test
  void whatCannotBeUsedIsCountedNamedAndSkipped() throws IOException {
    byte[] jpeg = encoded(noise(64, 1), "jpg");
    Path file =
        ParquetFiles.write(
            file("a.parquet"),
            "image",
            struct(PNG),
            "NULL",
            "{'bytes': NULL, 'path': 'elsewhere.png'}",
            struct(Arrays.copyOf(jpeg, jpeg.length / 2)),
            "{'bytes': repeat('x', 70000000)::BLOB, 'path': NULL}",
            struct(new byte[0]),
            struct(PNG));
    try (Corpus corpus = open(file);
        Scope scope = Scope.open()) {
      assertThat(corpus.read(0, 7).orElseThrow().indices()).containsExactly(0, 6);
      assertThat(corpus.skipped().of(7).why())
          .isEqualTo(Map.of("missing", 2, "damaged", 2, "too large", 1));
      assertThat(corpus.skipped().names())
          .contains("a.parquet#1: is NULL: the table does not hold the file's bytes\n")
          .contains("a.parquet#3: is truncated\n")
          .contains("a.parquet#4: is larger than 64 MB\n");
    }
  }

  @Test
  void anyOfSeveralColumnsCanBeNamed() throws IOException {
    String both = struct(numbered(1)) + ", " + struct(numbered(2));
    Path file = ParquetFiles.write(file("shards/a.parquet"), "before, after", both);
    Path usual = ParquetFiles.write(file("usual.parquet"), "mask, image", both);
    assertThatThrownBy(() -> open(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "'%1$s' has several columns of images, before, after: name one, such as '%1$s/before'"
                .formatted(file));
    assertThatThrownBy(() -> open(file.resolve("during")))
        .hasMessage("'%s' has no column 'during' of images: it has before, after".formatted(file));
    try (Corpus corpus = open(file.resolve("after"))) {
      assertThat(names(corpus)).containsExactly("a.parquet#0");
      assertThat(number(corpus, 0)).isEqualTo(2);
    }
    ParquetFiles.write(file("shards/b.parquet"), "before, after", both);
    assertThatThrownBy(() -> open(folder.resolve("shards")))
        .hasMessageContaining("name one, such as '" + folder.toRealPath().resolve("shards/before"));
    try (Corpus corpus = open(folder.resolve("shards/before"))) {
      assertThat(names(corpus)).containsExactly("a.parquet#0", "b.parquet#0");
      assertThat(number(corpus, 1)).isEqualTo(1);
    }
    try (Corpus corpus = open(usual)) {
      assertThat(number(corpus, 0)).isEqualTo(2);
    }
  }

  @Test
  void tablesWithoutImagesAreNoCorpus() throws IOException {
    Path table = ParquetFiles.write(file("features.parquet"), "feature, mean", "1, 2.5");
    assertThatThrownBy(() -> open(table))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is a Parquet file without a column of images, which is no corpus");
    assertThatThrownBy(() -> open(folder)).hasMessageContaining("holds no images: expected .jpg");
    assertThatThrownBy(() -> open(folder.resolve("nowhere")))
        .isInstanceOf(NoSuchFileException.class);
    Files.write(file("a.png"), PNG);
    try (Corpus corpus = open(folder)) {
      assertThat(names(corpus)).containsExactly("a.png");
      assertThat(corpus.skipped().count()).isZero();
    }
  }

  @Test
  void tablesOfImagesBesideImageFilesAreSaid() throws IOException {
    Files.write(file("a.png"), PNG);
    ParquetFiles.write(file("b.parquet"), "image", struct(PNG));
    try (Corpus corpus = open(folder)) {
      assertThat(names(corpus)).containsExactly("a.png");
      assertThat(corpus.skipped().of(1))
          .hasToString("left out 1 of 2 images: 1 .parquet (name it alone)");
    }
  }

  @Test
  void columnsThatDifferBetweenShardsAreRefused() {
    ParquetFiles.write(file("a.parquet"), "image", struct(PNG));
    ParquetFiles.write(file("b.parquet"), "picture", struct(PNG));
    assertThatThrownBy(() -> open(folder))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("the images are in column 'image' of")
        .hasMessageContaining("but in 'picture' of");
  }

  @Test
  void oddNamesLeadToTheirFilesAndNowhereElse() throws IOException {
    Path odd = file("split=train/it's [a-z]?*\".parquet");
    ParquetFiles.write(odd, "\"im\"\"a'ge\", n", struct(numbered(5)) + ", 1");
    ParquetFiles.write(file("split=train/it's bx\".parquet"), "x", "1");
    try (Corpus corpus = open(odd)) {
      assertThat(corpus.size()).isEqualTo(1);
      assertThat(number(corpus, 0)).isEqualTo(5);
    }
    try (Corpus corpus = open(folder)) {
      assertThat(names(corpus)).containsExactly("split=train/it's [a-z]?*\".parquet#0");
      assertThat(number(corpus, 0)).isEqualTo(5);
    }
  }

  @Test
  void damagedFilesAreRefusedInOneLine() throws IOException {
    byte[] whole = Files.readAllBytes(ParquetFiles.write(file("a.parquet"), "image", struct(PNG)));
    Path cut = Files.write(file("cut.parquet"), Arrays.copyOf(whole, whole.length / 2));
    Path zeros =
        Files.write(file("zeros.parquet"), "PAR1\0\0\0\0PAR1".getBytes(StandardCharsets.US_ASCII));
    for (Path damaged : List.of(cut, zeros)) {
      assertThatThrownBy(() -> open(damaged))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("'" + damaged + "' is no intact Parquet file: ")
          .satisfies(e -> assertThat(e.getMessage()).doesNotContain("\n", "LINE"));
    }
  }

  @Test
  void aDamagedPageCostsItsRowsAlone() throws IOException {
    Path file =
        ParquetFiles.writeWith(
            "ROW_GROUP_SIZE 2048, COMPRESSION zstd",
            file("a.parquet"),
            "image",
            IntStream.range(0, 4096).mapToObj(i -> struct(numbered(i))).toArray(String[]::new));
    byte[] bytes = Files.readAllBytes(file);
    Arrays.fill(bytes, 40, 4000, (byte) 0x5A);
    Files.write(file, bytes);
    try (Corpus corpus = open(file);
        Scope scope = Scope.open()) {
      assertThat(number(corpus, 4000)).isEqualTo(4000);
      assertThat(corpus.read(0, 3)).isEmpty();
      assertThat(number(corpus, 3000)).isEqualTo(3000);
      assertThat(corpus.skipped().of(4096).why()).isEqualTo(Map.of("unreadable", 3));
      assertThat(corpus.skipped().first().get(0).reason())
          .startsWith("cannot be read: ")
          .doesNotContain("\n");
    }
  }

  @Test
  void fingerprintsTellCorporaApart() throws IOException {
    ParquetFiles.write(file("a.parquet"), "image, n", rows(0, 5));
    String first = fingerprint();
    assertThat(fingerprint()).isEqualTo(first);
    ParquetFiles.write(file("a.parquet"), "image, n", rows(5, 10));
    assertThat(fingerprint()).isNotEqualTo(first);
  }

  private String fingerprint() throws IOException {
    try (Corpus corpus = open(folder)) {
      return corpus.fingerprint(5);
    }
  }

  @Test
  void threadsShareIt() throws IOException {
    Path file = ParquetFiles.write(file("a.parquet"), "image, n", rows(0, 200));
    List<Integer> expected = IntStream.range(0, 200).boxed().toList();
    List<Integer> shuffled = new ArrayList<>(expected);
    Collections.shuffle(shuffled, new Random(1));
    try (Corpus corpus = open(file)) {
      assertThat(shuffled.parallelStream().map(i -> number(corpus, i)).toList())
          .isEqualTo(shuffled);
    }
  }
}
