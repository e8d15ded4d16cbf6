package org.tiltlens.frontier;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.run.WholeFile;

/**
 * The points of a frontier, each measured once: a finished one is kept in the run's state.
 *
 * @param spec what is compared
 * @param run where the points are kept
 */
record FrontierRun(FrontierSpec spec, RunFolder run) {

  /**
   * A point to measure.
   *
   * @param units how far it advances the progress
   */
  private record Pending(
      FrontierMethod method, double setting, long units, Supplier<FrontierPoint> work) {}

  /** Measures what is not measured yet; the cheap methods first. */
  List<FrontierPoint> measure(
      CorpusFrontier corpus,
      ExactFrontier exact,
      SampledFrontier sampled,
      List<Double> betas,
      Progress progress)
      throws IOException {
    long samples = exact.betas(betas).stream().mapToLong(exact::units).sum();
    long guided = sampled.guidedUnits() * (1 + betas.size() + spec.scales().size());
    long twisted = sampled.twistedUnits() * betas.size();
    List<FrontierPoint> points = new ArrayList<>();
    long steps = samples + guided + twisted;
    try (Progress.Task task =
        Cancellable.begin(progress, "drawing " + spec.unit(), steps, Counted.share(steps))) {
      for (Pending pending : pending(corpus, exact, sampled, betas, task)) {
        task.note(pending.method.label());
        points.add(finished(pending, corpus, task));
      }
    }
    return points;
  }

  private List<Pending> pending(
      CorpusFrontier corpus,
      ExactFrontier exact,
      SampledFrontier sampled,
      List<Double> betas,
      Progress.Task task) {
    List<Pending> all = new ArrayList<>();
    Stream.concat(corpus.curve().stream(), betas.stream())
        .sorted()
        .distinct()
        .forEach(
            beta ->
                all.add(
                    new Pending(FrontierMethod.RETRIEVAL, beta, 0, () -> corpus.retrieval(beta))));
    spec.top().stream()
        .filter(k -> k <= corpus.sample().size())
        .forEach(k -> all.add(new Pending(FrontierMethod.TOP_K, k, 0, () -> corpus.top(k))));
    spec.bestOf()
        .forEach(n -> all.add(new Pending(FrontierMethod.BEST_OF_N, n, 0, () -> corpus.best(n))));
    exact
        .betas(betas)
        .forEach(
            beta ->
                all.add(
                    new Pending(
                        FrontierMethod.EXACT,
                        beta,
                        exact.units(beta),
                        () -> exact.at(beta, task))));
    // A tilt of 0 is the prior itself, from where the guided samplers start.
    Stream.concat(Stream.of(0.0), betas.stream())
        .distinct()
        .forEach(
            beta ->
                all.add(
                    new Pending(
                        FrontierMethod.PLUG_IN_TILT,
                        beta,
                        sampled.guidedUnits(),
                        () -> sampled.plugInTilt(beta, task))));
    spec.scales()
        .forEach(
            scale ->
                all.add(
                    new Pending(
                        FrontierMethod.CONSTANT,
                        scale,
                        sampled.guidedUnits(),
                        () -> sampled.constant(scale, task))));
    if (spec.particles() > 0) {
      betas.forEach(
          beta ->
              all.add(
                  new Pending(
                      FrontierMethod.TWISTED,
                      beta,
                      sampled.twistedUnits(),
                      () -> sampled.twisted(beta, task))));
    }
    return all;
  }

  private FrontierPoint finished(Pending pending, CorpusFrontier corpus, Progress.Task task)
      throws IOException {
    Path file = run.state("point-" + pending.method.key() + "-" + pending.setting + ".json");
    if (Files.exists(file)) {
      task.skip(pending.units);
      return Json.read(file, null, FrontierPoint.class);
    }
    long start = System.nanoTime();
    FrontierPoint found = pending.work.get();
    FrontierPoint point =
        found.measured(corpus.leastKl(found.mean()), Stopwatch.secondsSince(start));
    WholeFile.writeText(file, Json.write(point));
    return point;
  }
}
