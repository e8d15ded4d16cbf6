package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CancellationException;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.ImageFiles;
import org.tiltlens.corpus.ParquetFiles;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ConvNext;
import org.tiltlens.vision.HookPoint;

/** Harvests of noise with small random models, against scores computed one feature at a time. */
@Tag("rounding")
class HarvestTest {
  private static final int IMAGES = 530;
  private static final int SIDE = 64;
  private static final Lanes LANES = new Lanes(2, 1);

  @TempDir private Path folder;
  private SparseDictionary dictionary;
  private ConvNext vision;
  private HookPoint at;

  @BeforeEach
  void open() throws IOException {
    dictionary = SparseDictionary.open(Goldens.file("cnnsae"), Device.CPU);
    at = dictionary.hookPoint();
    try (TensorStore store = Goldens.open("dinov3_convnext_hf")) {
      vision = ConvNext.open(store, Device.CPU);
    }
    Random random = new Random(7);
    ByteBuffer bytes = ByteBuffer.allocate(16 + IMAGES * SIDE * SIDE);
    bytes.putInt(0x803).putInt(IMAGES).putInt(SIDE).putInt(SIDE);
    byte[] pixels = new byte[SIDE * SIDE];
    for (int i = 0; i < IMAGES; i++) {
      // Some images come again, so that scores tie.
      if (i % 5 != 4) {
        random.nextBytes(pixels);
      }
      bytes.put(pixels);
    }
    Files.write(folder.resolve("images-idx3-ubyte"), bytes.array());
  }

  @AfterEach
  void close() {
    vision.close();
    dictionary.close();
  }

  private FeatureScores scores() {
    return new FeatureScores(vision, at, dictionary);
  }

  private Corpus corpus() throws IOException {
    return Corpus.open(folder.resolve("images-idx3-ubyte"), Framing.crop(SIDE));
  }

  private Path harvested(String name, int limit) throws IOException {
    Path file = folder.resolve(name);
    try (Corpus corpus = corpus()) {
      new Harvest(corpus, scores(), limit, 9).writeTo(file, "models", LANES, images -> {});
    }
    return file;
  }

  /** (images): the score of one feature, and 0 or more where it is active, one image at a time. */
  private double[] bruteForce(Corpus corpus, int feature, int images) {
    FeatureScores scores = scores();
    UnitScore score =
        new UnitScore(
            vision,
            at,
            new Unit.DictionaryFeature(dictionary, feature, true),
            scores.reduction(),
            scores.crop());
    double[] all = new double[images];
    for (int i = 0; i < images; i++) {
      try (Scope scope = Scope.open()) {
        all[i] = score.of(corpus.read(i).orElseThrow().unsqueeze(0)).item_double();
      }
    }
    return all;
  }

  @Test
  void statisticsEqualThoseOfABruteForceSort() throws IOException {
    Path file = harvested("features.parquet", IMAGES);
    try (Corpus corpus = corpus();
        FeatureTable table = FeatureTable.open(file)) {
      assertThat(table.info().images()).isEqualTo(IMAGES);
      assertThat(table.info().features()).isEqualTo(dictionary.features());
      for (int feature : new int[] {3, dictionary.features() - 1}) {
        double[] expected = bruteForce(corpus, feature, IMAGES);
        assertAgrees(table.feature(feature), expected);
      }
    }
  }

  private static void assertAgrees(FeatureStatistics actual, double[] scores) {
    double[] sorted = scores.clone();
    Arrays.sort(sorted);
    assertThat(actual.mean())
        .isCloseTo(Arrays.stream(sorted).average().orElseThrow(), within(1e-5));
    assertThat(actual.min()).isCloseTo(sorted[0], within(1e-5));
    assertThat(actual.max()).isCloseTo(sorted[sorted.length - 1], within(1e-5));
    for (int p = 0; p < FeatureStatistics.PERCENTILES.size(); p++) {
      double rank = FeatureStatistics.PERCENTILES.get(p) / 100 * (sorted.length - 1);
      int low = (int) rank;
      double expected = sorted[low] + (rank - low) * (sorted[low + 1] - sorted[low]);
      assertThat(actual.percentiles().get(p)).isCloseTo(expected, within(1e-5));
    }
    assertThat(actual.top()).hasSize(9);
    for (int i = 0; i < 9; i++) {
      FeatureStatistics.TopImage top = actual.top().get(i);
      assertThat(top.score()).isCloseTo(sorted[sorted.length - 1 - i], within(1e-5));
      assertThat(top.score()).isCloseTo(scores[top.image()], within(1e-5));
    }
    assertThat(actual.top())
        .isSortedAccordingTo(
            Comparator.comparing((FeatureStatistics.TopImage t) -> -t.score())
                .thenComparing(FeatureStatistics.TopImage::image))
        .extracting(FeatureStatistics.TopImage::image)
        .doesNotHaveDuplicates();
    assertThat(actual.sample().size()).isEqualTo(scores.length);
    assertThat(actual.sample().scoreAt(99)).isCloseTo(actual.percentiles().get(9), within(1e-5));
  }

  @Test
  void positionsAndFrequenciesAreThoseOfTheMaps() throws IOException {
    int images = Harvest.BATCH + 4;
    Path file = harvested("features.parquet", images);
    try (Scope scope = Scope.open();
        Corpus corpus = corpus();
        FeatureTable table = FeatureTable.open(file)) {
      // In the harvest's own batches, as in others a rounding could turn a feature on or off.
      List<Tensor> batches =
          List.of(
              activations(corpus, 0, Harvest.BATCH), activations(corpus, Harvest.BATCH, images));
      Tensor activations = Tensors.cat(batches, 0);
      Tensor codes = Tensors.cat(batches.stream().map(dictionary::encode).toList(), 0);
      int height = table.info().mapHeight();
      int width = table.info().mapWidth();
      assertThat(Tensors.shape(codes)).endsWith(height, width);
      for (FeatureStatistics feature : table.features(FeatureTable.Sort.INDEX, 40)) {
        float[] active = Tensors.toFloats(codes.select(1, feature.feature()).flatten(1, 2));
        int cells = height * width;
        long positions = IntStream.range(0, active.length).filter(i -> active[i] > 0).count();
        long on =
            IntStream.range(0, images)
                .filter(i -> IntStream.range(0, cells).anyMatch(p -> active[i * cells + p] > 0))
                .count();
        assertThat(feature.positionFrequency()).isEqualTo((double) positions / active.length);
        assertThat(feature.frequency()).isEqualTo((double) on / images);
        FeatureStatistics.TopImage top = feature.top().get(0);
        Tensor map =
            dictionary.preActivation(activations, feature.feature()).select(0, top.image());
        Tensor crop = scores().crop().of(map.unsqueeze(0));
        assertThat(map.select(0, top.row()).select(0, top.column()).item_double())
            .isCloseTo(crop.max().item_double(), within(1e-5));
      }
    }
  }

  private Tensor activations(Corpus corpus, int from, int to) {
    return vision.activations(corpus.read(from, to).orElseThrow().images(), at);
  }

  @Test
  void tablesOfImagesGiveTheNumbersOfTheirFiles() throws IOException {
    Path files = Files.createDirectory(folder.resolve("files"));
    String[] rows = new String[20];
    for (int i = 0; i < rows.length; i++) {
      byte[] png = ImageFiles.encoded(ImageFiles.noise(SIDE, i), "png");
      byte[] image = i == 7 ? Arrays.copyOf(png, 99) : png;
      Files.write(files.resolve((10 + i) + ".png"), image);
      rows[i] = ParquetFiles.struct(image);
    }
    Path table = ParquetFiles.write(folder.resolve("train.parquet"), "image", rows);
    List<List<FeatureStatistics>> found = new ArrayList<>();
    for (Path images : List.of(files, table)) {
      Path out = folder.resolve(images.getFileName() + "-features.parquet");
      try (Corpus corpus = Corpus.open(images, Framing.crop(SIDE))) {
        new Harvest(corpus, scores()).writeTo(out, "models", LANES, done -> {});
        assertThat(corpus.skipped().of(20).why()).isEqualTo(Map.of("damaged", 1));
      }
      try (FeatureTable features = FeatureTable.open(out)) {
        assertThat(features.info().images()).isEqualTo(19);
        found.add(features.features(FeatureTable.Sort.INDEX, 40));
      }
    }
    assertThat(found.get(1)).usingRecursiveComparison().isEqualTo(found.get(0));
  }

  @Test
  void anInterruptedHarvestGoesOnAndEndsAlike() throws IOException {
    Path whole = harvested("whole.parquet", IMAGES);
    Path file = folder.resolve("features.parquet");
    try (Corpus corpus = corpus()) {
      Harvest harvest = new Harvest(corpus, scores(), IMAGES, 9);
      assertThatThrownBy(
              () ->
                  harvest.writeTo(
                      file,
                      "models",
                      LANES,
                      images -> {
                        throw new CancellationException();
                      }))
          .isInstanceOf(CancellationException.class);
      assertThat(file).doesNotExist();
      Path block = folder.resolve("features.parquet.blocks/block-0.safetensors");
      var written = Files.getLastModifiedTime(block);
      assertThatThrownBy(() -> harvest.writeTo(file, "others", LANES, images -> {}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("holds an unfinished harvest of other images, models or settings");
      harvest.writeTo(
          file,
          "models",
          new Lanes(1, 1),
          images -> assertThat(onlyBlock(block, written)).isTrue());
      assertThatThrownBy(() -> harvest.writeTo(file, "models", LANES, images -> {}))
          .hasMessageContaining("exists already");
    }
    assertThat(folder.resolve("features.parquet.blocks")).doesNotExist();
    assertThat(all(file)).usingRecursiveComparison().isEqualTo(all(whole));
  }

  private static boolean onlyBlock(Path block, FileTime written) {
    try {
      return Files.getLastModifiedTime(block).equals(written);
    } catch (IOException e) {
      return false;
    }
  }

  private static List<FeatureStatistics> all(Path file) throws IOException {
    try (FeatureTable table = FeatureTable.open(file)) {
      return table.features(FeatureTable.Sort.INDEX, Integer.MAX_VALUE);
    }
  }

  @Test
  void damagedBlocksAreComputedAgain() throws IOException {
    Path file = folder.resolve("features.parquet");
    try (Corpus corpus = corpus()) {
      Harvest harvest = new Harvest(corpus, scores(), 40, 9);
      assertThatThrownBy(
              () ->
                  harvest.writeTo(
                      file,
                      "models",
                      LANES,
                      images -> {
                        throw new CancellationException();
                      }))
          .isInstanceOf(CancellationException.class);
      Path block = folder.resolve("features.parquet.blocks/block-0.safetensors");
      byte[] bytes = Files.readAllBytes(block);
      Files.write(block, Arrays.copyOf(bytes, bytes.length - 100));
      assertThat(harvest.writeTo(file, "models", LANES, images -> {}).images()).isEqualTo(40);
    }
    assertThat(all(file)).usingRecursiveComparison().isEqualTo(all(harvested("whole.parquet", 40)));
  }

  @Test
  void brokenImagesAreLeftOutAndKeepTheirIndex() throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    for (int i = 0; i < 6; i++) {
      byte[] png = ImageFiles.encoded(ImageFiles.noise(SIDE, i), "png");
      Files.write(images.resolve(i + ".png"), i % 3 == 0 ? new byte[3] : png);
    }
    Path file = folder.resolve("features.parquet");
    try (Corpus corpus = Corpus.open(images, Framing.crop(SIDE))) {
      HarvestInfo info = new Harvest(corpus, scores()).writeTo(file, "", LANES, done -> {});
      assertThat(info.images()).isEqualTo(4);
      assertThat(info.skipped()).isEqualTo(2);
      assertThat(corpus.skipped().count()).isEqualTo(2);
    }
    assertThat(all(file).get(0).top())
        .extracting(FeatureStatistics.TopImage::image)
        .containsExactlyInAnyOrder(1, 2, 4, 5);
    try (Stream<Path> inside = Files.list(images)) {
      for (Path path : inside.toList()) {
        Files.write(path, new byte[3]);
      }
    }
    try (Corpus corpus = Corpus.open(images, Framing.crop(SIDE))) {
      assertThatThrownBy(
              () ->
                  new Harvest(corpus, scores())
                      .writeTo(folder.resolve("none.parquet"), "", LANES, done -> {}))
          .hasMessageContaining("none of the 6 images can be read: 6 skipped: 0.png: ");
    }
  }

  private static boolean isLive(FeatureStatistics feature) {
    return feature.frequency() >= 0.005 && feature.frequency() <= 0.5;
  }

  private static double peak(FeatureStatistics feature) {
    return (feature.percentilesByName().get("p99_5") - feature.percentilesByName().get("p50"))
        / feature.deviation();
  }

  @Test
  void tablesSortAndRefuseWhatTheyAreNot() throws IOException {
    Path file = harvested("features.parquet", 20);
    try (FeatureTable table = FeatureTable.open(file)) {
      assertThat(table.features(FeatureTable.Sort.FREQUENCY, 10))
          .hasSize(10)
          .isSortedAccordingTo(Comparator.comparing(f -> -f.frequency()));
      assertThat(table.features(FeatureTable.Sort.MAX, 1000))
          .hasSize(dictionary.features())
          .isSortedAccordingTo(Comparator.comparing(f -> -f.max()));
      assertThat(table.features(FeatureTable.Sort.SELECTIVE, 1000))
          .hasSize(dictionary.features())
          .isSortedAccordingTo(
              Comparator.comparing((FeatureStatistics f) -> !isLive(f))
                  .thenComparing(f -> -peak(f))
                  .thenComparing(FeatureStatistics::feature));
      assertThatThrownBy(() -> table.feature(dictionary.features()))
          .hasMessageContaining("does not exist");
      assertThatThrownBy(() -> table.features(FeatureTable.Sort.MAX, 0))
          .hasMessageContaining("illegal limit: 0");
    }
    List<Path> foreign = new ArrayList<>();
    foreign.add(Files.write(folder.resolve("text.parquet"), new byte[100]));
    byte[] bytes = Files.readAllBytes(file);
    foreign.add(Files.write(folder.resolve("cut.parquet"), Arrays.copyOf(bytes, bytes.length / 2)));
    // One without an end.
    foreign.add(Files.createSymbolicLink(folder.resolve("device.parquet"), Path.of("/dev/zero")));
    for (Path path : foreign) {
      assertThatThrownBy(() -> FeatureTable.open(path))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("is no table of features");
    }
    assertThatThrownBy(() -> FeatureTable.open(folder.resolve("nowhere")))
        .isInstanceOf(NoSuchFileException.class);
  }

  @Test
  void dictionariesOfOtherChannelsAreRefused() {
    HookPoint other =
        vision.hookPoints().stream()
            .filter(hook -> vision.channels(hook) != dictionary.channels())
            .findFirst()
            .orElseThrow();
    assertThatThrownBy(() -> new FeatureScores(vision, other, dictionary))
        .hasMessageContaining("the dictionary reads " + dictionary.channels());
  }

  @Test
  void scoresPerImageAreThoseOfOneFeatureAtATime() throws IOException {
    try (Corpus corpus = corpus();
        Scope scope = Scope.open()) {
      double[][] all =
          scores().perImage(vision.activations(corpus.read(0, 3).orElseThrow().images(), at));
      assertThat(all).hasDimensions(3, dictionary.features());
      for (int feature : new int[] {0, dictionary.features() - 1}) {
        double[] one = bruteForce(corpus, feature, 3);
        for (int i = 0; i < 3; i++) {
          assertThat(all[i][feature]).isCloseTo(one[i], within(1e-5));
        }
      }
    }
  }
}
