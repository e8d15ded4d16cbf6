package org.tiltlens.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.DpmSolver;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.diffusion.VariationalBound;
import org.tiltlens.feature.Objective;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.metrics.FrechetDistance;
import org.tiltlens.metrics.KernelDistance;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.Named;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.WholeFile;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Retrieval;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.training.ImageFeatures;
import org.tiltlens.vision.ConvNext;

/**
 * Measures, on the embedded bundle, what fewer and cheaper sampling steps cost: mean score, bits
 * per dimension and distances from the corpus' own images of the same tilt.
 *
 * <p>Every setting draws the same samples of the same features at the corpus' beta of their 99th
 * percentile. Bits per dimension are of one bound, over 50 steps, whatever drew the image. {@code
 * time FOLDER} measures seconds an image, on an otherwise idle machine; {@code draw FOLDER} the
 * rest; {@code show FOLDER} prints both and draws the plot.
 */
public final class StepsAgainstQuality {
  private static final List<Integer> FEATURES = List.of(117, 382, 64, 149);
  private static final int IMAGES = 16;
  private static final int FEW_IMAGES = 4;
  private static final int REFERENCE = 500;
  private static final double PERCENTILE = 99;
  private static final long SEED = 45;
  private static final String BOUND_STEPS = "50";

  private final Bundle bundle = Bundle.embedded();
  private final Lanes lanes = new Lanes(Runtime.getRuntime().availableProcessors(), 1);
  private final Device device = Device.CPU;

  private StepsAgainstQuality() throws IOException {}

  /**
   * A way of sampling.
   *
   * @param images of each feature; a Frechet distance is biased by their number
   */
  record Setting(String form, int steps, String gradient, int images) {
    String name() {
      return form + "-" + steps + "-" + gradient + (images == IMAGES ? "" : "-of-" + images);
    }

    /** The spacing the command line gives to such steps. */
    String respacing() {
      return form.equals("ddpm") ? Integer.toString(steps) : "ddim" + steps;
    }

    ReverseStep step() {
      return switch (form) {
        case "ddpm" -> new AncestralStep();
        case "ddim" -> new DdimStep(0);
        default -> new DpmSolver();
      };
    }

    ScoreGradient scoreGradient() {
      return gradient.equals("full")
          ? new ScoreGradient.ThroughPrior()
          : new ScoreGradient.CleanEstimate();
    }
  }

  /**
   * What was measured of a setting.
   *
   * @param reached mean score over the corpus' of the same beta, averaged over the features
   */
  record Row(
      Setting setting,
      double reached,
      double reachedSe,
      double bitsPerDim,
      double bitsSe,
      double frechet,
      double kernel) {}

  /** The seconds an image took. */
  record Timed(Setting setting, double seconds) {}

  /** How many features are drawn at each setting. */
  static int features() {
    return FEATURES.size();
  }

  static List<Setting> settings() {
    List<Setting> settings = new ArrayList<>();
    for (String gradient : List.of("full", "x0")) {
      for (int steps : new int[] {15, 25}) {
        settings.add(new Setting("dpmsolver", steps, gradient, IMAGES));
      }
      for (int steps : new int[] {25, 50}) {
        settings.add(new Setting("ddim", steps, gradient, IMAGES));
      }
      for (int steps : new int[] {50, 100, 250}) {
        settings.add(new Setting("ddpm", steps, gradient, IMAGES));
      }
      // Fewer images, as they take long; beside 50 steps with as few.
      settings.add(new Setting("ddpm", 1000, gradient, FEW_IMAGES));
    }
    settings.add(new Setting("ddpm", 50, "full", FEW_IMAGES));
    settings.sort(
        Comparator.comparingInt((Setting setting) -> -setting.images)
            .thenComparingInt(Setting::steps));
    return settings;
  }

  public static void main(String[] arguments) throws IOException {
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    StepsAgainstQuality tool = new StepsAgainstQuality();
    switch (arguments[0]) {
      case "draw" -> tool.draw(folder);
      case "time" -> tool.time(folder);
      default -> StepsPlot.show(folder);
    }
  }

  private void draw(Path folder) throws IOException {
    List<Drawing> drawings = new ArrayList<>();
    try (TensorStore store = Checkpoints.open(bundle.path(bundle.manifest().vision()));
        ConvNext vision = ConvNext.open(store, device);
        Corpus corpus = Corpus.open(Named.resolve(bundle.corpus()), bundle.manifest().framing())) {
      ImageFeatures features = ImageFeatures.token(vision, "the bundle's own vision model");
      for (int feature : FEATURES) {
        drawings.add(new Drawing(feature, corpus, features));
      }
      double[][] reference =
          drawings.stream().flatMap(d -> Stream.of(d.reference)).toArray(double[][]::new);
      for (Setting setting : settings()) {
        Path file = folder.resolve(setting.name() + ".json");
        if (!Files.exists(file)) {
          WholeFile.writeText(file, Json.write(row(setting, drawings, features, reference)));
          System.out.println(Files.readString(file));
        }
      }
    }
  }

  /** A feature: its beta, the score wanted and the corpus' images of that tilt. */
  private final class Drawing {
    private final String unit;
    private final double beta;
    private final double wanted;
    private final double[][] reference;

    Drawing(int feature, Corpus corpus, ImageFeatures features) {
      unit = "feature:" + feature + "@pre";
      try (ModelShelf shelf = new ModelShelf()) {
        StudyModels models = models("50", shelf);
        CorpusScores scores =
            CorpusScores.of(corpus, corpus.size(), models.score(), device, lanes, done -> {});
        beta = Tilting.solvePercentile(scores.sample(), PERCENTILE);
        wanted = scores.sample().scoreAt(PERCENTILE);
        List<Integer> drawn = Retrieval.of(scores.scores(), beta).drawn(REFERENCE, SEED + feature);
        reference =
            lanes
                .map(REFERENCE, i -> features.of(image(corpus, scores.images().get(drawn.get(i)))))
                .toArray(double[][]::new);
      }
    }

    StudyModels models(String respacing, ModelShelf shelf) {
      StudySpec spec =
          StudySpec.of(bundle, unit, 0).withRespacing(respacing).withCount(1).withSeed(SEED);
      return StudyModels.open(spec, shelf, device, Progress.SILENT);
    }

    GuidedSampler sampler(StudyModels models, Setting setting) {
      Guidance tilt = new Guidance.Tilt(beta, new Objective.Maximize(), Strength.FULL);
      return new GuidedSampler(
          models.prior(),
          models.score(),
          tilt,
          setting.step(),
          setting.scoreGradient(),
          Noise::normal);
    }
  }

  private static Tensor image(Corpus corpus, int index) {
    return corpus.read(index, index + 1).orElseThrow().images().select(0, 0);
  }

  /** What one image adds to the means. */
  private record Drawn(double reached, double bitsPerDim, double[] features) {}

  private Row row(
      Setting setting, List<Drawing> drawings, ImageFeatures features, double[][] reference) {
    List<Drawn> drawn = new ArrayList<>();
    for (Drawing drawing : drawings) {
      try (ModelShelf shelf = new ModelShelf()) {
        StudyModels models = drawing.models(setting.respacing(), shelf);
        StudyModels bound = drawing.models(BOUND_STEPS, shelf);
        GuidedSampler sampler = drawing.sampler(models, setting);
        drawn.addAll(
            lanes.map(
                setting.images(),
                i -> drawn(sampler, models, bound.prior(), i, drawing.wanted, features)));
      }
    }
    double[][] of = drawn.stream().map(Drawn::features).toArray(double[][]::new);
    Estimate reached = Estimate.ofMean(drawn.stream().mapToDouble(Drawn::reached).toArray());
    Estimate bits = Estimate.ofMean(drawn.stream().mapToDouble(Drawn::bitsPerDim).toArray());
    return new Row(
        setting,
        reached.value(),
        reached.standardError(),
        bits.value(),
        bits.standardError(),
        FrechetDistance.between(of, reference),
        KernelDistance.between(of, reference));
  }

  private static Drawn drawn(
      GuidedSampler sampler,
      StudyModels models,
      Prior bound,
      int sample,
      double wanted,
      ImageFeatures features) {
    try (Trajectory done = sampler.run(SEED, sample);
        Scope scope = Scope.open()) {
      return new Drawn(
          models.scores(done.x()).get(0) / wanted,
          new VariationalBound(bound).bitsPerDim(done.x(), SEED, sample),
          features.of(done.x())[0]);
    }
  }

  private void time(Path folder) throws IOException {
    List<Timed> all = new ArrayList<>();
    for (Setting setting : settings()) {
      StudySpec spec =
          StudySpec.of(bundle, "feature:" + FEATURES.get(0) + "@pre", 0)
              .withRespacing(setting.respacing())
              .withCount(1)
              .withSeed(SEED);
      try (ModelShelf shelf = new ModelShelf()) {
        StudyModels models = StudyModels.open(spec, shelf, device, Progress.SILENT);
        GuidedSampler sampler =
            new GuidedSampler(
                models.prior(),
                models.score(),
                new Guidance.Tilt(1, new Objective.Maximize(), Strength.FULL),
                setting.step(),
                setting.scoreGradient(),
                Noise::normal);
        int images = Math.max(lanes.count(), 2 * Math.max(1, 100 / setting.steps()));
        long start = System.nanoTime();
        lanes.map(
            images,
            i -> {
              sampler.run(SEED, i).close();
              return i;
            });
        all.add(new Timed(setting, (System.nanoTime() - start) / 1e9 / images));
        System.out.printf(
            Locale.ROOT, "%s %.3f%n", setting.name(), all.get(all.size() - 1).seconds);
      }
    }
    for (Timed timed : all) {
      WholeFile.writeText(folder.resolve(timed.setting.name() + ".time.json"), Json.write(timed));
    }
  }

  /** The settings measured, in order, with their seconds. */
  static List<Row> rows(Path folder) throws IOException {
    List<Row> rows = new ArrayList<>();
    for (Setting setting : settings()) {
      rows.add(Json.read(folder.resolve(setting.name() + ".json"), null, Row.class));
    }
    return rows;
  }

  static double[] seconds(Path folder) {
    return settings().stream().mapToDouble(setting -> seconds(folder, setting)).toArray();
  }

  private static double seconds(Path folder, Setting setting) {
    try {
      return Json.read(folder.resolve(setting.name() + ".time.json"), null, Timed.class).seconds;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
