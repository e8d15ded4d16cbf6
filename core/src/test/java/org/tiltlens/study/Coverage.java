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
import java.util.function.Function;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.WholeFile;
import org.tiltlens.sampling.Walk;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Device;

/**
 * Prints how often what a run reports, value +- 2 standard errors, holds the truth, which a large
 * pool of the prior's paths tells: features of the embedded bundle at the corpus' beta of its 99th
 * percentile, several seeds each.
 *
 * <p>Arguments: a folder, which a killed tool goes on from; the folder of a large pool; how many
 * features; how many seeds; and {@code exact:N}, from an own pool of N paths, or {@code twisted:K},
 * K particles in as many clouds as is usual, or {@code twisted:K:R} in R. Nothing is drawn with the
 * large pool's seed, so the runs share no path with the truth. The truth's own error counts: a run
 * covers where they differ by no more than twice the root of the squared errors' sum; "strictly" is
 * without it.
 */
public final class Coverage {
  private static final long SEED = 45;

  /** Far from the pool's own. */
  private static final long FIRST_SEED = 1000;

  private final Path folder;
  private final ModelShelf shelf;
  private final Bundle bundle = Bundle.embedded();
  private final Execution execution =
      new Execution("cpu", 1, Runtime.getRuntime().availableProcessors(), 1);
  private final Map<Integer, TiltEstimate> truths = new LinkedHashMap<>();
  private final Map<Integer, Double> betas = new LinkedHashMap<>();

  private Coverage(Path folder, Path large, int features, ModelShelf shelf) throws IOException {
    this.folder = folder;
    this.shelf = shelf;
    Map<Integer, StudySpec> specs = new LinkedHashMap<>();
    Map<ScoreSpec, UnitScore> units = new LinkedHashMap<>();
    for (int feature : Compare.pick(bundle, features, SEED)) {
      StudySpec spec =
          StudySpec.exact(
                  bundle,
                  CompareSpec.unit(feature),
                  new AimSpec.Wanted(Target.percentile(99), null))
              .withPool(new PoolChoice.Kept(large.toString()));
      StudyModels models = StudyModels.open(spec, shelf, Device.CPU, Progress.SILENT);
      ScoreSample corpus = models.corpusScores().orElseThrow();
      betas.put(feature, Tilting.solve(corpus, corpus.scoreAt(99)));
      units.put(spec.score(), models.score());
      specs.put(feature, spec);
    }
    StudySpec any = specs.values().iterator().next();
    try (SharedPool pool = SharedPool.of(any, execution, shelf, Progress.SILENT)) {
      pool.score(units, Device.CPU, execution.lanes(), images -> {});
      for (Map.Entry<Integer, StudySpec> each : specs.entrySet()) {
        double[] energies = pool.energies(each.getValue().score(), any.objective());
        truths.put(
            each.getKey(), ScoreSample.of(energies).tilted(betas.get(each.getKey())).estimate());
      }
    }
  }

  public static void main(String... arguments) throws IOException {
    int features = Integer.parseInt(arguments[2]);
    int seeds = Integer.parseInt(arguments[3]);
    try (ModelShelf shelf = new ModelShelf()) {
      Coverage coverage =
          new Coverage(Path.of(arguments[0]), Path.of(arguments[1]), features, shelf);
      coverage.print(Arrays.asList(arguments).subList(4, arguments.length), seeds);
    }
  }

  /** What a run reported. */
  private record Reported(Estimated logZ, Estimated mean, double seconds) {}

  private void print(List<String> samplers, int seeds) throws IOException {
    Map<String, Map<Integer, List<Reported>>> found = new LinkedHashMap<>();
    for (String sampler : samplers) {
      found.put(sampler, new LinkedHashMap<>());
      truths.keySet().forEach(feature -> found.get(sampler).put(feature, new ArrayList<>()));
    }
    // All samplers and features at one seed before the next, so that what is there early speaks of
    // all.
    for (int seed = 0; seed < seeds; seed++) {
      for (String sampler : samplers) {
        for (int feature : truths.keySet()) {
          found.get(sampler).get(feature).add(reported(sampler, feature, FIRST_SEED + seed));
        }
        System.err.printf(
            "%s, %d of %d seeds%n%n%s%n", sampler, seed + 1, seeds, table(found.get(sampler)));
      }
    }
    found.forEach((sampler, runs) -> System.out.printf("%s%n%n%s%n", sampler, table(runs)));
  }

  private Reported reported(String sampler, int feature, long seed) throws IOException {
    Path runs = folder.resolve(sampler.replace(':', '-'));
    Path kept = runs.resolve(feature + "-" + seed + ".json");
    if (!Files.exists(kept)) {
      Files.createDirectories(runs);
      long start = System.nanoTime();
      StudyResult.UnitResult found =
          Study.run(
                  "visualize",
                  spec(sampler.split(":"), feature, seed),
                  execution,
                  runs.resolve(feature + "-" + seed),
                  Progress.SILENT,
                  Walk.SAVE_EVERY,
                  shelf)
              .results()
              .get(0);
      double seconds = (System.nanoTime() - start) / 1e9;
      WholeFile.writeText(
          kept,
          Json.write(
              new Reported(found.estimates().logZ(), found.estimates().meanScore(), seconds)));
    }
    return Json.read(kept, null, Reported.class);
  }

  private StudySpec spec(String[] sampler, int feature, long seed) {
    int many = Integer.parseInt(sampler[1]);
    double beta = betas.get(feature);
    StudySpec exact = StudySpec.exact(bundle, CompareSpec.unit(feature), beta);
    StudySpec one = exact.withCount(2).withSeed(seed);
    if (sampler[0].equals("exact")) {
      return one.withPool(new PoolChoice.Drawn(many, seed));
    }
    StudySpec twisted = one.twisted(many);
    return sampler.length == 2
        ? twisted
        : new StudySpec(
            twisted.models(),
            twisted.score(),
            twisted.objective(),
            new GuidanceSpec.Twisted(
                new AimSpec.Given(beta), many, Integer.parseInt(sampler[2]), Strength.TEMPERED),
            twisted.steps(),
            2,
            seed);
  }

  private String table(Map<Integer, List<Reported>> found) {
    StringBuilder text =
        new StringBuilder(
            "| feature | beta | log Z | m | runs | log Z covered (strictly) | m covered (strictly)"
                + " | log Z: median error | over seeds | m: median error | over seeds | seconds |\n"
                + "|---|---|---|---|---|---|---|---|---|---|---|---|\n");
    int runs = 0;
    int[] covered = new int[4];
    for (Map.Entry<Integer, List<Reported>> each : found.entrySet()) {
      List<Reported> of = each.getValue();
      if (of.isEmpty()) {
        continue;
      }
      TiltEstimate truth = truths.get(each.getKey());
      int[] here = {
        covered(of, Reported::logZ, truth.logZ(), true),
        covered(of, Reported::logZ, truth.logZ(), false),
        covered(of, Reported::mean, truth.mean(), true),
        covered(of, Reported::mean, truth.mean(), false)
      };
      Arrays.setAll(covered, i -> covered[i] + here[i]);
      runs += of.size();
      text.append(
          String.format(
              Locale.ROOT,
              "| %d | %.3g | %.2f ± %.2f | %.2f ± %.2f | %d | %d (%d) | %d (%d) | %.2f | %.2f |"
                  + " %.2f | %.2f | %.0f |%n",
              each.getKey(),
              betas.get(each.getKey()),
              truth.logZ().value(),
              truth.logZ().standardError(),
              truth.mean().value(),
              truth.mean().standardError(),
              of.size(),
              here[0],
              here[1],
              here[2],
              here[3],
              error(of, Reported::logZ),
              spread(of, Reported::logZ),
              error(of, Reported::mean),
              spread(of, Reported::mean),
              of.stream().mapToDouble(Reported::seconds).average().orElseThrow()));
    }
    return text.append(
            String.format(
                Locale.ROOT,
                "| *all* | | | | %d | %.0f %% (%.0f %%) | %.0f %% (%.0f %%) | | | | | |%n",
                runs,
                100.0 * covered[0] / runs,
                100.0 * covered[1] / runs,
                100.0 * covered[2] / runs,
                100.0 * covered[3] / runs))
        .toString();
  }

  private static int covered(
      List<Reported> runs, Function<Reported, Estimated> of, Estimate truth, boolean allowing) {
    return (int)
        runs.stream()
            .map(of)
            .filter(
                run ->
                    run.standardError() == null
                        || new Estimate(
                                run.value(),
                                Math.hypot(
                                    run.standardError(), allowing ? truth.standardError() : 0))
                            .covers(truth.value(), 2))
            .count();
  }

  private static double error(List<Reported> runs, Function<Reported, Estimated> of) {
    double[] errors =
        runs.stream()
            .map(of)
            .mapToDouble(
                run -> run.standardError() == null ? Double.MAX_VALUE : run.standardError())
            .toArray();
    return ScoreSample.of(errors).scoreAt(50);
  }

  private static double spread(List<Reported> runs, Function<Reported, Estimated> of) {
    double[] values = runs.stream().map(of).mapToDouble(Estimated::value).toArray();
    return Math.sqrt(values.length) * Estimate.ofMean(values).standardError();
  }
}
