package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.ImageFiles;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.fixture.SpoiltStore;
import org.tiltlens.parquet.Duck;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/** Harvests with models of which a part gives NaN or fails. */
class SpoiltHarvestTest {
  private static final int IMAGES = 40;
  private static final int SIDE = 16;
  private static final int BATCH = 16;

  /** Its image is white, which {@link Changed#fussy} cannot stand. */
  private static final int WHITE = 3;

  private static final Lanes LANES = new Lanes(2, 1);

  @TempDir private Path folder;

  @BeforeEach
  void writeImages() throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    for (int i = 0; i < IMAGES; i++) {
      byte[] png =
          ImageFiles.encoded(
              i == WHITE ? ImageFiles.plain(SIDE, SIDE, 0xFFFFFF) : ImageFiles.noise(SIDE, i),
              "png");
      Files.write(images.resolve("%02d.png".formatted(i)), png);
    }
  }

  private Corpus corpus() throws IOException {
    return Corpus.open(folder.resolve("images"), Framing.crop(SIDE));
  }

  private static RandomPipeline pipeline(UnaryOperator<TensorStore> weights) {
    return RandomPipeline.open(
        RandomPipeline.Size.TINY, NoiseSchedule.linear(1000).respaced("10"), weights);
  }

  private Path harvested(String name, VisionModel vision, HookPoint at, SparseDictionary dictionary)
      throws IOException {
    Path file = folder.resolve(name);
    try (Corpus corpus = corpus()) {
      new Harvest(corpus, new FeatureScores(vision, at, dictionary))
          .writeTo(file, "", LANES, done -> {});
    }
    return file;
  }

  private Path harvested(String name, RandomPipeline models) throws IOException {
    return harvested(name, models.vision(), models.hook(), models.dictionary());
  }

  @Test
  void featuresThatAreNotFiniteHaveNoStatisticsAndDisturbNoOthers() throws Exception {
    Path whole;
    Path spoilt;
    try (RandomPipeline models = pipeline(store -> store)) {
      whole = harvested("whole.parquet", models);
    }
    try (RandomPipeline models =
        pipeline(
            store ->
                new SpoiltStore(
                    new SpoiltStore(store, "b_conv", 5, Double.NaN),
                    "b_conv",
                    7,
                    Double.POSITIVE_INFINITY))) {
      spoilt = harvested("spoilt.parquet", models);
    }
    try (FeatureTable wanted = FeatureTable.open(whole);
        FeatureTable table = FeatureTable.open(spoilt)) {
      int features = wanted.info().features();
      assertThat(wanted.unknown()).isEmpty();
      assertThat(table.unknown()).containsExactly(5, 7);
      assertThat(table.find(5)).isEmpty();
      assertThatThrownBy(() -> table.feature(5))
          .hasMessageContaining("feature 5 has no statistics in '")
          .hasMessageContaining("as it is not finite on every image");
      assertThatThrownBy(() -> table.find(features)).hasMessageContaining("does not exist");
      for (FeatureTable.Sort sort : FeatureTable.Sort.values()) {
        assertThat(table.features(sort, features))
            .hasSize(features - 2)
            .extracting(FeatureStatistics::feature)
            .doesNotContain(5, 7);
      }
      for (FeatureStatistics feature : table.features(FeatureTable.Sort.INDEX, features)) {
        FeatureStatistics same = wanted.feature(feature.feature());
        assertThat(feature.mean()).isEqualTo(same.mean());
        assertThat(feature.percentiles()).isEqualTo(same.percentiles());
        assertThat(feature.top()).isEqualTo(same.top());
      }
      assertThat(nulls(spoilt)).isEqualTo(features + " rows, 2 without");
    }
  }

  /** As any reader of Parquet sees it. */
  private static String nulls(Path file) throws SQLException {
    try (Connection connection = Duck.open();
        Statement statement = connection.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT count(*), count(*) FILTER (max IS NULL AND top_image IS NULL"
                    + " AND sample_count IS NULL) FROM read_parquet("
                    + Duck.quoted(file.toString())
                    + ")")) {
      rows.next();
      return rows.getInt(1) + " rows, " + rows.getInt(2) + " without";
    }
  }

  /** As a kernel's infinite corner does, by 0 times infinity in the padding. */
  @Test
  void notANumberOutsideOfTheCropIsSeenToo() throws IOException {
    long corner = 5L * 16 * 7 * 7;
    try (RandomPipeline models =
            pipeline(store -> new SpoiltStore(store, "W_conv", corner, Double.POSITIVE_INFINITY));
        Corpus corpus = corpus()) {
      Path file = folder.resolve("features.parquet");
      FeatureScores scores =
          new FeatureScores(
              models.vision(),
              models.hook(),
              models.dictionary(),
              new SpatialReduction.Max(),
              new CentralCrop(0.25));
      new Harvest(corpus, scores).writeTo(file, "", LANES, done -> {});
      try (FeatureTable table = FeatureTable.open(file)) {
        assertThat(table.unknown()).containsExactly(5);
      }
    }
  }

  @Test
  void imagesOnWhichTheModelIsNotFiniteAreSkippedWithTheReason() throws IOException {
    try (RandomPipeline models = pipeline(store -> store);
        Corpus corpus = corpus()) {
      VisionModel fussy = Changed.fussy(models.vision());
      FeatureScores scores = new FeatureScores(fussy, models.hook(), models.dictionary());
      Path file = folder.resolve("features.parquet");
      Harvest harvest = new Harvest(corpus, scores);
      assertThatThrownBy(
              () ->
                  harvest.writeTo(
                      file,
                      "",
                      LANES,
                      done -> {
                        throw new CancellationException();
                      }))
          .isInstanceOf(CancellationException.class);
      assertSkipped(corpus);
      // And when the harvest goes on.
      try (Corpus again = corpus()) {
        HarvestInfo info = new Harvest(again, scores).writeTo(file, "", LANES, done -> {});
        assertThat(info.images()).isEqualTo(IMAGES - 1);
        assertThat(info.skipped()).isEqualTo(1);
        assertSkipped(again);
      }
      Path whole = harvested("whole.parquet", models);
      try (FeatureTable table = FeatureTable.open(file);
          FeatureTable all = FeatureTable.open(whole)) {
        assertThat(table.unknown()).isEmpty();
        for (FeatureStatistics feature : table.features(FeatureTable.Sort.INDEX, 20)) {
          double sum = IMAGES * all.feature(feature.feature()).mean();
          double white = scoreOfWhite(models, feature.feature());
          assertThat(feature.mean()).isCloseTo((sum - white) / (IMAGES - 1), within(1e-4));
          assertThat(feature.frequency()).isBetween(0.0, 1.0);
          assertThat(feature.top()).noneMatch(top -> top.image() == WHITE);
        }
      }
    }
  }

  private static void assertSkipped(Corpus corpus) {
    assertThat(corpus.skipped().count()).isEqualTo(1);
    assertThat(corpus.skipped().first().get(0).toString())
        .startsWith("03.png: the vision model at stages.0.1.hook_resid_pre gives numbers that are");
  }

  private static double scoreOfWhite(RandomPipeline models, int feature) {
    return new FeatureScores(models.vision(), models.hook(), models.dictionary())
        .perImage(models.vision().activations(Tensors.full(1, 1, 3, SIDE, SIDE), models.hook()))[0][
        feature];
  }

  @Test
  void modelsThatAreNeverFiniteStopTheHarvest() throws IOException {
    try (RandomPipeline models =
        pipeline(store -> new SpoiltStore(store, "downsample_layers.0.0.bias", 0, Double.NaN))) {
      assertThatThrownBy(() -> harvested("features.parquet", models))
          .isInstanceOf(NotFiniteException.class)
          .hasMessageStartingWith(
              "on each of the first 40 images that can be read: the vision model at"
                  + " stages.0.1.hook_resid_pre gives numbers that are not finite");
    }
    try (RandomPipeline models = pipeline(SpoiltHarvestTest::withoutAnyFeature)) {
      assertThatThrownBy(() -> harvested("features.parquet", models))
          .isInstanceOf(NotFiniteException.class)
          .hasMessageStartingWith("no feature of the dictionary has finite scores");
    }
    assertThat(folder.resolve("features.parquet")).doesNotExist();
    assertThat(folder.resolve("features.parquet.blocks")).doesNotExist();
  }

  private static TensorStore withoutAnyFeature(TensorStore store) {
    int features = 256;
    TensorStore spoilt = store;
    for (int feature = 0; feature < features; feature++) {
      spoilt = new SpoiltStore(spoilt, "b_conv", feature, Double.NaN);
    }
    return spoilt;
  }

  @Test
  void aFailureLeavesNoTensorsBehind() throws IOException {
    for (int i = IMAGES; i < 10 * BATCH; i++) {
      Files.copy(folder.resolve("images/00.png"), folder.resolve("images/" + i + ".png"));
    }
    try (RandomPipeline models = pipeline(store -> store);
        Corpus corpus = corpus()) {
      FeatureScores scores =
          new FeatureScores(
              Changed.failing(models.vision(), 10), models.hook(), models.dictionary());
      Harvest harvest = new Harvest(corpus, scores);
      long before = Pointer.totalCount();
      assertThatThrownBy(
              () ->
                  harvest.writeTo(
                      folder.resolve("features.parquet"), "", new Lanes(1, 1), done -> {}))
          .hasMessage("out of order");
      // Nine batches of four tensors had been computed.
      assertThat(Pointer.totalCount() - before).isLessThan(18);
    }
  }

  /** A model, and what becomes of its activations. */
  private record Changed(VisionModel whole, BinaryOperator<Tensor> change) implements VisionModel {
    /** Gives NaN on white images. */
    static VisionModel fussy(VisionModel whole) {
      return new Changed(
          whole,
          (images, activations) -> {
            IntStream.range(0, (int) images.size(0))
                .filter(i -> images.select(0, i).min().item_double() == 1)
                .forEach(i -> Tensors.scaleInPlace(activations.select(0, i), Double.NaN));
            return activations;
          });
    }

    /** Fails at this batch, counted from 1. */
    static VisionModel failing(VisionModel whole, int batch) {
      AtomicInteger asked = new AtomicInteger();
      return new Changed(
          whole,
          (images, activations) -> {
            if (asked.incrementAndGet() == batch) {
              throw new IllegalStateException("out of order");
            }
            return activations;
          });
    }

    @Override
    public Tensor activations(Tensor images, HookPoint at) {
      return change.apply(images, whole.activations(images, at));
    }

    @Override
    public List<HookPoint> hookPoints() {
      return whole.hookPoints();
    }

    @Override
    public int channels(HookPoint at) {
      return whole.channels(at);
    }

    @Override
    public HookPoint require(HookPoint at) {
      return whole.require(at);
    }

    @Override
    public String describe() {
      return whole.describe();
    }

    @Override
    public void close() {}
  }
}
