package org.tiltlens.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.spark.ToyFiles.Fault.BROKEN_CONNECTION;
import static org.tiltlens.spark.ToyFiles.Fault.CUT;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ConnectException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.security.AccessControlException;
import org.apache.spark.SparkConf;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.KnownShards;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Corpora on a file system of Hadoop's against the same files on this machine's disk. */
class HadoopFilesTest {
  private static final Framing FRAMING = Framing.crop(8);

  @TempDir private Path folder;

  @BeforeEach
  void forget() {
    ToyFiles.forget();
  }

  private HadoopFiles files(long most) {
    CopyCache cache = new CopyCache(folder.resolve("cache"), most);
    return new HadoopFiles(ToyFiles.configuration(), cache, Progress.SILENT);
  }

  private Corpus remote(Path path) throws IOException {
    return Corpus.open(files(1 << 20), ToyFiles.address(path), FRAMING);
  }

  /** All that a corpus tells, one image a line. */
  private static List<String> told(Corpus corpus) {
    List<String> told = new ArrayList<>();
    for (int i = 0; i < corpus.size(); i++) {
      try (Scope scope = Scope.open()) {
        String pixels =
            corpus.read(i).map(image -> "" + Tensors.bytes(image).hashCode()).orElse("broken");
        OptionalInt label = corpus.label(i);
        told.add(corpus.name(i) + " " + label + " " + corpus.className(i) + " " + pixels);
      }
    }
    told.add(corpus.skipped().names());
    told.add(corpus.shards(corpus.size() - 1).toString());
    told.add(corpus.fingerprint(corpus.size()));
    return told;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "folder",
        "folder/odd: %41#?.txt",
        "tars",
        "tars/b.tar.gz",
        "images.zip",
        "images.zip/cat",
        "table/one.parquet",
        "table/one.parquet/image",
        "table",
        "table/image",
        "idx/train-images-idx3-ubyte",
        "cifar"
      })
  void tellWhatTheSameFilesTellOnADisk(String name) throws IOException {
    Path path = Corpora.write(folder).resolve(name);
    List<String> expected;
    try (Corpus local = Corpus.open(path, FRAMING)) {
      expected = told(local);
    }
    try (Corpus corpus = remote(path)) {
      assertThat(told(corpus)).isEqualTo(expected);
    }
    assertThat(expected).hasSizeGreaterThan(4);
  }

  /** By who was told what is in which file; from one that changed since it takes none. */
  @ParameterizedTest
  @ValueSource(strings = {"tars a.tar b.tar.gz 2", "table one.parquet two.parquet 3"})
  void imagesOfShardsNeedNoOtherFiles(String layout) throws IOException {
    String[] names = layout.split(" ");
    Path shards = Corpora.write(folder).resolve(names[0]);
    int first = Integer.parseInt(names[3]);
    KnownShards known;
    String expected;
    try (Corpus corpus = remote(shards);
        Scope scope = Scope.open()) {
      known = corpus.known(corpus.size()).orElseThrow();
      expected = "" + Tensors.bytes(corpus.read(first).orElseThrow()).hashCode();
      assertThat(known.fingerprint()).isEqualTo(corpus.fingerprint(corpus.size()));
    }
    ToyFiles.forget();
    CopyCache elsewhere = new CopyCache(folder.resolve("elsewhere"), 1 << 20);
    HadoopFiles files = new HadoopFiles(ToyFiles.configuration(), elsewhere, Progress.SILENT);
    try (Corpus corpus = Corpus.open(files, ToyFiles.address(shards), known, FRAMING);
        Scope scope = Scope.open()) {
      assertThat(corpus.fingerprint(corpus.size())).isEqualTo(known.fingerprint());
      assertThat(Tensors.bytes(corpus.read(first).orElseThrow()).hashCode()).hasToString(expected);
      assertThat(ToyFiles.opened(names[1])).isZero();
      assertThat(ToyFiles.opened(names[2])).isEqualTo(1);
      Files.copy(
          shards.resolve(names[2]), shards.resolve(names[1]), StandardCopyOption.REPLACE_EXISTING);
      assertThatThrownBy(() -> corpus.read(0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(names[1] + "' has other images than where the command was started");
    }
  }

  /** What is not there, in words of who gave the address. */
  @Test
  void addressesThatLeadNowhereAreSaidInALine() throws IOException {
    refused("hdfs://no-host.invalid:9000/x", "no machine of this name is known here");
    refused("s3x://bucket/x", "no jar reads 's3x' addresses: name one with spark.jars.packages");
    Files.createDirectories(folder.resolve("tars"));
    Corpora.tar(folder.resolve("tars/a.tar"), "1.png");
    Path file = Files.writeString(folder.resolve("file"), "no folder");
    HadoopFiles files =
        new HadoopFiles(ToyFiles.configuration(), new CopyCache(file, 1), Progress.SILENT);
    assertThatThrownBy(() -> Corpus.open(files, ToyFiles.address(folder.resolve("tars")), FRAMING))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("cannot be written (it is a file): set spark.tiltlens.cache to");
    for (IOException failure :
        List.of(
            new ConnectException("refused"),
            new IOException("failed", new AccessControlException("forbidden")))) {
      assertThatThrownBy(
              () ->
                  Unreachable.said(
                      "hdfs://host/x",
                      () -> {
                        throw failure;
                      }))
          .isInstanceOf(SpecException.class)
          .hasMessageMatching("'hdfs://host/x' ?(: nobody|may not be read).*(refused|forbidden).*");
    }
  }

  private static void refused(String address, String words) {
    Configuration patient = new Configuration();
    HadoopFiles files = new HadoopFiles(patient, CopyCache.of(new SparkConf()), Progress.SILENT);
    assertThatThrownBy(() -> Unreachable.said(address, () -> Corpus.open(files, address, FRAMING)))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("'" + address + "': " + words)
        .message()
        .doesNotContain("\n");
  }

  /** Less than Hadoop's own, but what the user says. */
  @Test
  void patienceIsTheUsersOrShort() {
    String retries = "ipc.client.connect.max.retries";
    assertThat(Hadoop.configuration().get(retries)).isEqualTo("2");
    System.setProperty("spark.hadoop." + retries, "7");
    try {
      assertThat(Hadoop.configuration().get(retries)).isEqualTo("7");
    } finally {
      System.clearProperty("spark.hadoop." + retries);
    }
  }

  @Test
  void imagesOfFoldersAreReadOneByOneAndOthersCopiedOnce() throws IOException {
    Corpora.write(folder);
    for (int time = 0; time < 2; time++) {
      try (Corpus corpus = remote(folder.resolve("images.zip"))) {
        told(corpus);
      }
    }
    assertThat(ToyFiles.opened("images.zip")).isEqualTo(1);
    try (Corpus corpus = remote(folder.resolve("folder"));
        Scope scope = Scope.open()) {
      assertThat(ToyFiles.opened("a.png")).isZero();
      corpus.read(0);
      assertThat(ToyFiles.opened("a.png")).isEqualTo(1);
    }
  }

  @Test
  void whatFailsIsTriedAgainAndNeverPassesForABrokenImage() throws IOException {
    Path images = Corpora.write(folder).resolve("folder");
    try (Corpus corpus = remote(images);
        Scope scope = Scope.open()) {
      ToyFiles.next("a.png", BROKEN_CONNECTION, CUT);
      assertThat(corpus.read(0)).isPresent();
      assertThat(ToyFiles.opened("a.png")).isEqualTo(3);
      ToyFiles.next("a.png", BROKEN_CONNECTION, CUT, CUT);
      assertThatThrownBy(() -> corpus.read(0))
          .isInstanceOf(UncheckedIOException.class)
          .hasMessageContaining("a.png' ends after");
      Files.delete(images.resolve("cat/a.png"));
      assertThat(corpus.read(0)).isEmpty();
      assertThat(corpus.skipped().names()).contains("cat/a.png: is not there");
    }
  }

  @Test
  void aFileThatIsCutWhileItIsCopiedIsNeverTakenForWhole() throws IOException {
    Path zip = Corpora.write(folder).resolve("images.zip");
    ToyFiles.next("images.zip", CUT, CUT, CUT);
    assertThatThrownBy(() -> remote(zip))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("images.zip' ends after");
    assertThat(copies("images.zip")).isEmpty();
    ToyFiles.next("images.zip", CUT);
    try (Corpus corpus = remote(zip)) {
      assertThat(corpus.skipped().count()).isZero();
      assertThat(copies("images.zip").get(0)).hasSameBinaryContentAs(zip);
    }
  }

  private List<Path> copies(String name) throws IOException {
    try (Stream<Path> all = Files.walk(folder.resolve("cache"))) {
      return all.filter(each -> each.endsWith(name)).toList();
    }
  }

  @Test
  void copiesOfChangedFilesAreOthersAndOldOnesMakeRoom() throws IOException {
    Path zip = Corpora.write(folder).resolve("images.zip");
    Path other = Files.copy(zip, folder.resolve("other.zip"));
    long most = Files.size(zip) * 3 / 2;
    try (Corpus first = Corpus.open(files(most), ToyFiles.address(zip), FRAMING)) {
      assertThatThrownBy(() -> Corpus.open(files(most), ToyFiles.address(other), FRAMING))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("other.zip' must be copied to be read")
          .hasMessageContaining("raise spark.tiltlens.cacheSize");
      assertThat(told(first)).isNotEmpty();
    }
    Corpus.open(files(most), ToyFiles.address(other), FRAMING).close();
    assertThat(copies("images.zip")).isEmpty();
    assertThat(copies("other.zip")).hasSize(1);
    Files.setLastModifiedTime(other, FileTime.fromMillis(1));
    Corpus.open(files(most), ToyFiles.address(other), FRAMING).close();
    assertThat(ToyFiles.opened("other.zip")).isEqualTo(2);
    assertThat(copies("other.zip")).hasSize(1);
  }

  private static Path classes(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }

  /** Another process has it, and then is killed. */
  @Test
  void whatAnotherProcessReadsStays() throws IOException, InterruptedException, URISyntaxException {
    Path taken = Files.createDirectories(folder.resolve("cache/taken"));
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                classes(TakeFolder.class) + File.pathSeparator + classes(TakenFolders.class),
                TakeFolder.class.getName(),
                taken.toString())
            .start();
    try {
      assertThat(other.getInputStream().read()).isEqualTo('t');
      assertThat(TakenFolders.ifFree(taken, () -> Files.delete(taken))).isFalse();
      assertThat(taken).exists();
    } finally {
      other.destroyForcibly().waitFor();
    }
    assertThat(TakenFolders.ifFree(taken, () -> Files.delete(taken))).isTrue();
    assertThat(taken).doesNotExist();
  }

  @Test
  void namesThatLeadOutOfTheFolderAreLeftOut() throws IOException {
    Path images = Files.createDirectories(folder.resolve(ToyFiles.HOSTILE));
    Corpora.png(images.resolve("a.png"), 1);
    try (Corpus corpus = remote(images)) {
      assertThat(corpus.size()).isEqualTo(1);
      assertThat(corpus.skipped().names()).contains("outside.png: has an unsafe name");
    }
    CopyCache cache = new CopyCache(folder.resolve("cache"), 1 << 20);
    SortedMap<String, FileStatus> out = new TreeMap<>(Map.of("../a.tar", new FileStatus()));
    assertThatThrownBy(() -> cache.take("toy:/a", out, Progress.SILENT, (file, to) -> {}))
        .hasMessageContaining("'../a.tar' leads out of its folder");
  }

  @Test
  void whatIsNotThereIsSaidByItsAddress() throws IOException {
    Corpora.write(folder);
    assertThatThrownBy(() -> remote(folder.resolve("images.png")))
        .isInstanceOf(NoSuchFileException.class)
        .hasMessageContaining("toy:" + folder);
    Files.writeString(folder.resolve("a.zip"), "PK\3\4 and no more");
    assertThatThrownBy(() -> remote(folder.resolve("a.zip")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("'toy:" + folder + "/a.zip' is no intact zip file");
  }
}
