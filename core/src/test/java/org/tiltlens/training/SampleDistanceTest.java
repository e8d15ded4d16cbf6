package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.fixture.RandomStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.vision.ConvNext;

class SampleDistanceTest {
  private static final int SIDE = 16;
  private static final AdmUnetConfig NETWORK = TinyTrainings.unet(SIDE, 2);

  @TempDir private Path folder;

  private TrainingRun run() {
    return TinyTrainings.run(folder, 1e-3, 2, false, TrainingProgress.SILENT);
  }

  private PriorReport train(PriorSampling sampling, TrainingRun run) throws IOException {
    LabelledImages images = TinyTrainings.heldOut();
    return PriorTraining.run(PriorSettings.of(NETWORK), sampling, images, images, run);
  }

  private static PriorSampling pixels(int samples) {
    return new PriorSampling(samples, 3, ImageFeatures.pixels());
  }

  /**
   * Two points a, b span a covariance of rank one, d d' / 2 with d = a - b; so between two such
   * pairs the distance is |shift of the means|^2 + |d|^2 / 2 + |e|^2 / 2 - |d.e|.
   */
  static double distanceOfPairs(double[][] a, double[][] b) {
    double shift = 0;
    double dd = 0;
    double ee = 0;
    double de = 0;
    for (int i = 0; i < a[0].length; i++) {
      double d = a[0][i] - a[1][i];
      double e = b[0][i] - b[1][i];
      shift += Math.pow((a[0][i] + a[1][i] - b[0][i] - b[1][i]) / 2, 2);
      dd += d * d;
      ee += e * e;
      de += d * e;
    }
    return shift + dd / 2 + ee / 2 - Math.abs(de);
  }

  /** Means of the 2 x 2 blocks of a 16 x 16 image. */
  static double[] averaged(Tensor image) {
    float[] values = Tensors.toFloats(image);
    double[] means = new double[3 * 8 * 8];
    for (int i = 0; i < values.length; i++) {
      int channel = i / (SIDE * SIDE);
      means[channel * 64 + i / SIDE % SIDE / 2 * 8 + i % SIDE / 2] += values[i] / 4;
    }
    return means;
  }

  @Test
  void distancesOfTwoSamplesByHand() throws IOException {
    TrainingRun run = run();
    SampleReport report = train(pixels(2), run).sampling();
    assertThat(report.samples()).isEqualTo(2);
    assertThat(report.sampleSteps()).isEqualTo(3);
    assertThat(report.features()).isEqualTo("pixels averaged to 8 x 8");
    LabelledImages images = TinyTrainings.heldOut();
    long seed = run.settings().seed();
    long[] order = Noise.permutation(seed, RandomStream.COMPARED, 0, images.size());
    try (Scope scope = Scope.open();
        Prior prior = trained()) {
      double[][] real = new double[4][];
      double[][] drawn = new double[2][];
      UnguidedSampler sampler = new UnguidedSampler(prior, new AncestralStep());
      for (int i = 0; i < 4; i++) {
        real[i] = averaged(images.image((int) order[i]));
      }
      for (int i = 0; i < 2; i++) {
        drawn[i] = averaged(sampler.sample(seed, RandomStream.FIRST_SAMPLE + i));
      }
      double[][] first = {real[0], real[1]};
      double[][] second = {real[2], real[3]};
      assertThat(report.frechetDistance()).isCloseTo(distanceOfPairs(drawn, first), within(1e-4));
      assertThat(report.heldOutFrechetDistance())
          .isCloseTo(distanceOfPairs(second, first), within(1e-4));
    }
    assertThat(Files.readString(run.report()))
        .contains("\"frechet_distance\"", "\"held_out_frechet_distance\"", "\"samples\" : 2");
  }

  /** The prior in the run's folder. */
  private Prior trained() {
    try (TensorStore store = Checkpoints.open(folder.resolve(PriorTraining.FILE))) {
      AdmUnetConfig config = AdmCheckpoint.recognise(store, store.metadata());
      return new DiffusionPrior(
          AdmUnet.load(store, config, Device.CPU),
          PriorSettings.of(config).schedule().respaced("3"),
          AdmCheckpoint.options(config, store.metadata()));
    }
  }

  @Test
  void samplesDoNotDependOnThreads() {
    PriorSettings settings = PriorSettings.of(NETWORK);
    List<Integer> heard = Collections.synchronizedList(new ArrayList<>());
    TrainingProgress progress =
        new TrainingProgress() {
          @Override
          public void stepped(long steps, double seconds, double loss) {}

          @Override
          public void sampled(int done, int samples) {
            heard.add(done);
          }
        };
    TrainingRun two = TinyTrainings.run(folder, 1e-3, 2, false, progress);
    TrainingRun one = TinyTrainings.threads(two, 1);
    try (Scope scope = Scope.open()) {
      PriorTask task = new PriorTask(settings, Optional.empty(), TinyTrainings.heldOut(), two);
      Map<String, Tensor> weights = new HashMap<>();
      AdmUnet.shapes(NETWORK).keySet().forEach(name -> weights.put(name, task.initial(name)));
      assertThat(draw(settings, weights, two)).isDeepEqualTo(draw(settings, weights, one));
    }
    assertThat(heard).hasSize(10).contains(1, 2, 3, 4, 5);
  }

  /** Whatever the order in which samples of one label are drawn together. */
  @Test
  void aSampleIsOfTheLabelOfItsPlace() {
    PriorSettings settings = PriorSettings.of(TinyTrainings.conditionalUnet(SIDE, 2));
    TrainingRun run = run();
    LabelledImages images = TinyTrainings.heldOut();
    RandomStore store = new RandomStore(AdmUnet.shapes(settings.network()));
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> weights = new HashMap<>();
      store.shapes().keySet().forEach(name -> weights.put(name, store.load(name)));
      double[][] drawn = draw(settings, weights, run);
      long seed = run.settings().seed();
      long[] order = Noise.permutation(seed, RandomStream.COMPARED, 0, images.size());
      AdmUnet unet = new AdmUnet(settings.network(), Weights.of(weights), Device.CPU);
      for (int i = 0; i < drawn.length; i++) {
        int label = images.label((int) order[i]);
        double[][] asked = new double[2][];
        for (int of = 0; of < 2; of++) {
          Map<String, String> options = new HashMap<>(settings.options());
          options.put("label", Integer.toString(of));
          Prior prior =
              new DiffusionPrior(
                  unet,
                  settings.schedule().respaced("3"),
                  AdmCheckpoint.options(settings.network(), options));
          Tensor image =
              new UnguidedSampler(prior, new AncestralStep())
                  .sample(seed, RandomStream.FIRST_SAMPLE + i);
          asked[of] = ImageFeatures.pixels().of(image)[0];
        }
        assertThat(drawn[i]).containsExactly(asked[label]).isNotEqualTo(asked[1 - label]);
      }
    }
  }

  private double[][] draw(PriorSettings settings, Map<String, Tensor> weights, TrainingRun run) {
    LabelledImages images = TinyTrainings.heldOut();
    return new SampleDistance(settings, Optional.empty(), pixels(5), images, images, run)
        .draw(Weights.of(weights), new SampleGrid(5, SIDE));
  }

  @Test
  void noMoreSamplesThanHalfTheImagesHeldOut() throws IOException {
    assertThat(train(pixels(1000), run()).sampling().samples()).isEqualTo(8);
    var picture = ImageIO.read(folder.resolve("samples.png").toFile());
    assertThat(picture.getWidth()).isEqualTo(8 * SIDE);
    assertThat(picture.getHeight()).isEqualTo(SIDE);
    assertThat(folder).isDirectoryNotContaining(p -> p.toString().endsWith(".tmp"));
  }

  /** Samples that are training images are at no distance, and beside themselves. */
  @Test
  void nearestTrainingImagesAreFound() throws IOException {
    LabelledImages images = TinyTrainings.images();
    double[][] features = new double[images.size()][];
    for (int i = 0; i < features.length; i++) {
      features[i] = new double[] {i, 0};
    }
    NearestImages known = new NearestImages(images, features);
    assertThat(known.meanDistance(new double[][] {{3, 0}, {5, 4}})).isEqualTo(2);
    SampleGrid grid = new SampleGrid(2, SIDE);
    try (Scope scope = Scope.open()) {
      grid.put(0, images.image(3));
      grid.put(1, images.image(9));
    }
    Path sheet = folder.resolve(NearestImages.FILE);
    known.sheet(grid, 2, new double[][] {{3.1, 0}, {9.1, 0}}).write(sheet);
    var picture = ImageIO.read(sheet.toFile());
    assertThat(picture.getWidth()).isEqualTo(8 * SIDE);
    assertThat(picture.getHeight()).isEqualTo(2 * SIDE);
    int[] shown = {3, 3, 4, 2, 5, 1, 6, 0};
    for (int column = 0; column < 8; column++) {
      try (Scope scope = Scope.open()) {
        var one = Images.toImage(images.image(shown[column]));
        assertThat(picture.getRGB(column * SIDE + 2, 5)).isEqualTo(one.getRGB(2, 5));
        assertThat(picture.getRGB(column * SIDE + 7, 1)).isEqualTo(one.getRGB(7, 1));
      }
    }
    PriorReport report = train(new PriorSampling(3, 3, ImageFeatures.pixels(), 3), run());
    assertThat(report.sampling().nearest().trainingImages()).isEqualTo(16);
    assertThat(report.summary()).contains("; nearest of 16 training images ");
    assertThat(Files.readString(folder.resolve("training.json")))
        .contains("\"nearest_training_image\"", "\"kernel_distance\"");
  }

  @Test
  void withoutSamplesThereIsNoDistance() throws IOException {
    PriorReport report = train(pixels(0), run());
    assertThat(report.sampling())
        .isEqualTo(
            new SampleReport(0, 3, "pixels averaged to 8 x 8", null, null, null, null, null));
    assertThat(report.summary()).doesNotContain("Frechet");
    assertThat(folder.resolve("samples.png")).doesNotExist();
  }

  @Test
  void whatCannotBeMeasuredIsRefusedBeforeTraining() {
    PriorSampling tooLong = new PriorSampling(2, 2000, ImageFeatures.pixels());
    assertThatThrownBy(() -> train(tooLong, run())).hasMessageContaining("respacing '2000'");
    assertThatThrownBy(() -> pixels(1)).hasMessageContaining("0 or at least 2");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void gridShowsTheFirstSamplesRowByRow() throws IOException {
    SampleGrid grid = new SampleGrid(70, 2);
    try (Scope scope = Scope.open()) {
      for (int i : IntStream.range(0, 70).toArray()) {
        grid.put(i, Tensors.full(i / 127.5 - 1, 3, 2, 2));
      }
    }
    grid.write(folder.resolve(SampleGrid.FILE));
    var picture = ImageIO.read(folder.resolve(SampleGrid.FILE).toFile());
    assertThat(picture.getHeight()).isEqualTo(16);
    assertThat(picture.getRGB(15, 15) & 0xFF).isEqualTo(63);
    assertThat(picture.getRGB(3, 4) & 0xFF).isEqualTo(17);
  }

  @Test
  void tokensAreTheVisionModelsOwn() {
    try (Scope scope = Scope.open();
        ConvNext model = TinyTrainings.model()) {
      ImageFeatures features = ImageFeatures.token(model, "eye.safetensors");
      Tensor image = TinyTrainings.heldOut().image(3);
      assertThat(features.of(image.unsqueeze(0))[0])
          .containsExactly(Tensors.toDoubles(model.tokens(image.unsqueeze(0)).cls()));
      assertThat(features.describe()).startsWith("pooled token of 'eye.safetensors' (ConvNeXt");
    }
  }
}
