package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Goal;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.Pool;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.ClassDistance;
import org.tiltlens.metrics.ClassShares;
import org.tiltlens.metrics.Interval;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.OpenJudge;
import org.tiltlens.models.Preset;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.WholeFile;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.synthesis.TwistedSamples;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Prints how far the classes that samplers show, in the eyes of the bundle's judge, are from those
 * of the exact tilt of a large pool, at the tilt that reaches the corpus' 99th percentile there.
 *
 * <p>Beside each distance is where 95 % of redraws of its images would put it, and in brackets the
 * images' mean score over the wanted one.
 *
 * <p>Arguments: a folder for the draws, which a killed tool goes on from; the folder of a pool; how
 * many features; how many images; and samplers: {@code exact}, {@code tilt}, {@code twisted},
 * {@code constant}. Images go through the networks in groups, for speed, so other groups give other
 * bits.
 */
public final class FaithfulnessTable {
  private static final long SEED = 45;
  private static final int TOGETHER = 16;
  private static final int CLASSES = 10;

  private final Path folder;
  private final int count;
  private final Bundle bundle = Bundle.embedded();
  private final ModelShelf shelf;
  private final Lanes lanes = new Lanes(Runtime.getRuntime().availableProcessors(), 1);
  private final Batching batching = new Batching(TOGETHER, lanes);
  private final JudgeMeasure judge;
  private final SharedPool pool;
  private final int[] labels;
  private final List<String> classes;
  private final Map<Integer, StudySpec> specs = new LinkedHashMap<>();

  private FaithfulnessTable(Path folder, Path poolFolder, int features, int count, ModelShelf shelf)
      throws IOException {
    this.folder = folder;
    this.count = count;
    this.shelf = shelf;
    try (Corpus corpus = bundle.openCorpus()) {
      classes = corpus.classNames();
    }
    OpenJudge open = shelf.judge(bundle, Device.CPU).orElseThrow();
    judge =
        new JudgeMeasure(
            open.vision(),
            open.head(),
            open.hook(),
            new SpatialReduction.Mean(),
            new CentralCrop(1));
    AimSpec aim = new AimSpec.Wanted(Target.percentile(99), null);
    for (int feature : Compare.pick(bundle, features, SEED)) {
      StudySpec usual = StudySpec.exact(bundle, CompareSpec.unit(feature), aim);
      specs.put(
          feature,
          new StudySpec(
              usual.models(),
              usual.score(),
              usual.objective(),
              ExactGuidance.usual(aim, new PoolChoice.Kept(poolFolder.toString())),
              usual.steps(),
              count,
              SEED));
    }
    Execution execution = new Execution("cpu", 1, lanes.count(), 1);
    pool = SharedPool.of(specs.values().iterator().next(), execution, shelf, Progress.SILENT);
    Map<ScoreSpec, UnitScore> units = new LinkedHashMap<>();
    specs.values().forEach(spec -> units.put(spec.score(), models(spec).score()));
    pool.score(units, Device.CPU, lanes, images -> {});
    labels = labelsOf(pool.pool().images(), pool.pool().size());
  }

  public static void main(String... arguments) throws IOException {
    int features = Integer.parseInt(arguments[2]);
    int count = Integer.parseInt(arguments[3]);
    List<String> methods = Arrays.asList(arguments).subList(4, arguments.length);
    try (ModelShelf shelf = new ModelShelf()) {
      FaithfulnessTable table =
          new FaithfulnessTable(
              Path.of(arguments[0]), Path.of(arguments[1]), features, count, shelf);
      table.print(methods);
    }
  }

  private void print(List<String> methods) throws IOException {
    System.out.println(
        "| feature | beta | effective paths | the tilt shows most | floor | "
            + String.join(" | ", methods)
            + " | the prior | halves of the pool | their log Z apart |");
    System.out.println("|---|---|---|---|---|" + "---|".repeat(methods.size() + 3));
    List<double[]> rows = new ArrayList<>();
    for (Map.Entry<Integer, StudySpec> feature : specs.entrySet()) {
      rows.add(row(feature.getKey(), feature.getValue(), methods));
    }
    StringBuilder medians = new StringBuilder("| *median* | | | | ");
    for (int i = 0; i < rows.get(0).length; i++) {
      int column = i;
      double[] values = rows.stream().mapToDouble(row -> row[column]).toArray();
      medians.append(String.format(Locale.ROOT, "%.2f | ", ScoreSample.of(values).scoreAt(50)));
    }
    System.out.println(medians.toString().strip());
  }

  /** Prints a feature, and returns its numbers from the floor on. */
  private double[] row(int feature, StudySpec spec, List<String> methods) throws IOException {
    StudyModels models = models(spec);
    double[] energies = pool.energies(spec.score(), spec.objective());
    ScoreSample sample = ScoreSample.of(energies);
    Target target = Aim.complete(spec.target(), models.corpusScores().orElseThrow());
    double beta = Tilting.solve(sample, target.activation());
    ClassShares tilted = shares(energies, beta, 0, energies.length);
    List<String> cells = new ArrayList<>();
    List<Double> numbers = new ArrayList<>();
    numbers.add(
        ClassDistance.of(new ClassShares(tilted.shares(), count), tilted, new Bootstrap(1))
            .floor());
    for (String method : methods) {
      Path kept = folder.resolve("%d-%s-%d.json".formatted(feature, method, count));
      if (!Files.exists(kept)) {
        Files.createDirectories(folder);
        long start = System.nanoTime();
        Seen seen = drawn(method, spec, models, beta, target);
        WholeFile.writeText(kept, Json.write(seen));
        System.err.printf(
            "feature %d, %s: %.0f s%n", feature, method, (System.nanoTime() - start) / 1e9);
      }
      Seen seen = Json.read(kept, null, Seen.class);
      int[] shown = seen.labels.stream().mapToInt(Integer::intValue).toArray();
      double mean = seen.scores.stream().mapToDouble(Double::doubleValue).average().orElseThrow();
      Interval distance =
          new Bootstrap(SEED)
              .of(
                  shown.length,
                  picks ->
                      ClassShares.of(CLASSES, Arrays.stream(picks).map(i -> shown[i]).toArray())
                          .totalVariation(tilted));
      numbers.add(distance.value());
      cells.add(
          String.format(
              Locale.ROOT,
              "%.2f, %.2f to %.2f (%.2f)",
              distance.value(),
              distance.low(),
              distance.high(),
              mean / target.activation()));
    }
    int half = energies.length / 2;
    Estimate one = ScoreSample.of(Arrays.copyOf(energies, half)).tilted(beta).estimate().logZ();
    Estimate two =
        ScoreSample.of(Arrays.copyOfRange(energies, half, energies.length))
            .tilted(beta)
            .estimate()
            .logZ();
    int most =
        IntStream.range(0, CLASSES)
            .reduce((a, b) -> tilted.shares().get(b) > tilted.shares().get(a) ? b : a)
            .orElseThrow();
    numbers.add(ClassShares.of(CLASSES, labels).totalVariation(tilted));
    numbers.add(
        shares(energies, beta, 0, half)
            .totalVariation(shares(energies, beta, half, energies.length)));
    numbers.add(
        Math.abs(one.value() - two.value()) / Math.hypot(one.standardError(), two.standardError()));
    int size = numbers.size();
    System.out.printf(
        Locale.ROOT,
        "| %d | %.3g | %.0f | %.0f %% %s | %.2f | %s | %.2f | %.2f | %.1f |%n",
        feature,
        beta,
        sample.tilted(beta).ess(),
        100 * tilted.shares().get(most),
        classes.get(most),
        numbers.get(0),
        String.join(" | ", cells),
        numbers.get(size - 3),
        numbers.get(size - 2),
        numbers.get(size - 1));
    return numbers.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private ClassShares shares(double[] energies, double beta, int from, int to) {
    double[] logs = Arrays.stream(energies, from, to).map(energy -> beta * energy).toArray();
    return ClassShares.weighted(CLASSES, Arrays.copyOfRange(labels, from, to), LogWeights.of(logs));
  }

  /** What the judge and the unit see in a sampler's images. */
  private record Seen(List<Integer> labels, List<Double> scores, long evaluations) {}

  private Seen drawn(
      String method, StudySpec spec, StudyModels models, double beta, Target target) {
    Strength full = Strength.FULL;
    Guidance.Tilt tilt = new Guidance.Tilt(beta, spec.objective(), full);
    switch (method) {
      case "exact":
        return exact(spec, models, beta);
      case "tilt":
        return guided(models, spec, tilt);
      case "twisted":
        Guidance.Tilt tempered = new Guidance.Tilt(beta, spec.objective(), Strength.TEMPERED);
        return twisted(
            new TwistedSampler(models.prior(), models.score(), tempered, count, batching));
      case "constant":
        Objective capped = new Objective.Clip(target.activation());
        return guided(models, spec, new Guidance.Constant(Preset.energydps.scale(), capped, full));
      default:
        throw new IllegalArgumentException(
            "sampler '" + method + "': use exact, tilt, twisted or constant");
    }
  }

  private Seen exact(StudySpec spec, StudyModels models, double beta) {
    ExactGuidance exact = (ExactGuidance) spec.guidance();
    PathSampler paths =
        PathSampler.of(
            models.prior(), spec.steps().form().step(), models.score(), spec.objective());
    Pool from = pool.paths(paths, pool.energies(spec.score(), spec.objective()));
    Annealing annealing =
        new Annealing(paths, new Goal.Beta(beta), exact.settings(count), batching);
    try (AnnealedSamples samples = annealing.run(SEED, from)) {
      System.err.printf(
          "  %d ancestors, %d different, %s, %d moves%n",
          samples.ancestors(),
          samples.distinct(),
          samples.mixing().why(),
          samples.rungs().stream().mapToInt(rung -> rung.moves().size()).sum());
      return new Seen(seen(samples.x()), samples.scores(), samples.evaluations());
    }
  }

  private Seen guided(StudyModels models, StudySpec spec, Guidance guidance) {
    GuidedSampler sampler =
        new GuidedSampler(models.prior(), models.score(), guidance, spec.steps().form().step());
    List<Seen> groups =
        batching.map(
            count,
            (first, together) -> {
              Integer[] samples =
                  IntStream.range(first, first + together).boxed().toArray(Integer[]::new);
              try (Trajectory end = sampler.run(SEED, samples);
                  Scope scope = Scope.open()) {
                double[] scores = Tensors.toDoubles(models.score().finite(end.x()));
                return new Seen(
                    seen(end.x()),
                    Arrays.stream(scores).boxed().toList(),
                    3L * together * models.prior().schedule().steps());
              }
            });
    return new Seen(
        groups.stream().flatMap(group -> group.labels.stream()).toList(),
        groups.stream().flatMap(group -> group.scores.stream()).toList(),
        groups.stream().mapToLong(Seen::evaluations).sum());
  }

  private Seen twisted(TwistedSampler sampler) {
    try (TwistedSamples samples = sampler.run(SEED);
        Scope scope = Scope.open()) {
      int[] picked = samples.picked(SEED, count);
      List<Integer> all = seen(samples.x());
      return new Seen(
          IntStream.of(picked).mapToObj(all::get).toList(),
          IntStream.of(picked).mapToObj(i -> samples.scores().get(i)).toList(),
          3L * count * sampler.prior().schedule().steps());
    }
  }

  private List<Integer> seen(Tensor images) {
    return judge.of(images, Batching.together(TOGETHER)).stream()
        .map(JudgeMeasure.Seen::label)
        .toList();
  }

  private int[] labelsOf(Corpus images, int size) {
    return judge
        .each(size, (from, to) -> images.read(from, to).orElseThrow().images(), lanes, n -> {})
        .stream()
        .mapToInt(JudgeMeasure.Seen::label)
        .toArray();
  }

  private StudyModels models(StudySpec spec) {
    return StudyModels.open(spec, shelf, Device.CPU, Progress.SILENT);
  }
}
