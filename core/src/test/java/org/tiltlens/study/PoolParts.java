package org.tiltlens.study;

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
import org.tiltlens.run.Progress;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Device;

/**
 * Prints how often what a part of a pool says of a tilt agrees with the whole pool within two of
 * its standard errors: features of the embedded bundle, at the tilt that reaches the corpus' 99th
 * percentile on the whole pool, whose paths the parts share out.
 *
 * <p>Arguments: the folder of a pool, how many features, and sizes of parts.
 */
final class PoolParts {
  private static final long SEED = 45;

  private PoolParts() {}

  public static void main(String... arguments) throws Exception {
    Bundle bundle = Bundle.embedded();
    Execution execution = new Execution("cpu", 1, Runtime.getRuntime().availableProcessors(), 1);
    AimSpec aim = new AimSpec.Wanted(Target.percentile(99), null);
    PoolChoice kept = new PoolChoice.Kept(Path.of(arguments[0]).toString());
    Map<ScoreSpec, UnitScore> units = new LinkedHashMap<>();
    Map<ScoreSpec, Double> targets = new LinkedHashMap<>();
    StudySpec any = null;
    try (ModelShelf shelf = new ModelShelf()) {
      for (int feature : Compare.pick(bundle, Integer.parseInt(arguments[1]), SEED)) {
        StudySpec usual = StudySpec.exact(bundle, CompareSpec.unit(feature), aim);
        any =
            new StudySpec(
                usual.models(),
                usual.score(),
                usual.objective(),
                ExactGuidance.usual(aim, kept),
                usual.steps(),
                2,
                SEED);
        StudyModels models = StudyModels.open(any, shelf, Device.CPU, Progress.SILENT);
        units.put(any.score(), models.score());
        targets.put(any.score(), models.corpusScores().orElseThrow().scoreAt(99));
      }
      SharedPool pool = SharedPool.of(any, execution, shelf, Progress.SILENT);
      pool.score(units, Device.CPU, execution.lanes(), images -> {});
      System.out.println("| paths | tilts | effective, median | mean | log Z | KL | error of KL |");
      System.out.println("|---|---|---|---|---|---|---|");
      for (String size : Arrays.copyOfRange(arguments, 2, arguments.length)) {
        List<Part> parts = new ArrayList<>();
        for (ScoreSpec score : units.keySet()) {
          double[] energies = pool.energies(score, any.objective());
          parts.addAll(parts(energies, targets.get(score), Integer.parseInt(size)));
        }
        System.out.println(row(Integer.parseInt(size), parts));
      }
    }
  }

  private record Part(double ess, TiltEstimate found, TiltEstimate whole) {}

  private static List<Part> parts(double[] energies, double target, int size) {
    ScoreSample all = ScoreSample.of(energies);
    double beta = Tilting.solve(all, target);
    List<Part> parts = new ArrayList<>();
    for (int from = 0; from + size <= energies.length; from += size) {
      TiltedScores part =
          ScoreSample.of(Arrays.copyOfRange(energies, from, from + size)).tilted(beta);
      parts.add(new Part(part.ess(), part.estimate(), all.tilted(beta).estimate()));
    }
    return parts;
  }

  private static String row(int size, List<Part> parts) {
    return String.format(
        Locale.ROOT,
        "| %d | %d | %.0f | %s | %s | %s | %.2f, off by %.2f |",
        size,
        parts.size(),
        median(parts, Part::ess),
        agreeing(parts, TiltEstimate::mean),
        agreeing(parts, TiltEstimate::logZ),
        agreeing(parts, TiltEstimate::kl),
        median(parts, part -> part.found.kl().standardError()),
        Math.sqrt(
            parts.stream()
                .mapToDouble(part -> Math.pow(part.found.kl().value() - part.whole.kl().value(), 2))
                .average()
                .orElseThrow()));
  }

  private static double median(List<Part> parts, Function<Part, Double> of) {
    return ScoreSample.of(parts.stream().mapToDouble(of::apply).toArray()).scoreAt(50);
  }

  private static String agreeing(List<Part> parts, Function<TiltEstimate, Estimate> of) {
    long right =
        parts.stream()
            .filter(part -> of.apply(part.found).covers(of.apply(part.whole).value(), 2))
            .count();
    return String.format(Locale.ROOT, "%.0f %%", 100.0 * right / parts.size());
  }
}
