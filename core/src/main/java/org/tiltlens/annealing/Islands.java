package org.tiltlens.annealing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.tilting.Clouds;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.Genealogy;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Independent runs at one tilt, taken together: each counts by its Z, so that the joined Z is as
 * unbiased as theirs.
 *
 * <pre>
 *   Z = mean Z_k      W_k = Z_k / sum Z      m = sum W_k m_k
 * </pre>
 *
 * <p>Source: Vergé et al. 2015 (island particle models). Errors are those of {@link Clouds}: the
 * islands' own, or their spread where that is larger, which also sees what a run cannot, that
 * others went elsewhere.
 */
public final class Islands {
  private Islands() {}

  /**
   * As many samples as all islands have, drawn from each by its weight.
   *
   * @param seed of that draw
   * @param islands of other seeds and of pools of their own each, at the same beta; they stay the
   *     caller's, as does the result
   * @throws IllegalArgumentException if there is none, or their betas differ
   */
  public static AnnealedSamples joined(long seed, List<AnnealedSamples> islands) {
    double beta = commonBeta(islands);
    LogWeights weights = LogWeights.of(each(islands, i -> i.estimate().logZ().value()));
    List<AnnealedSamples> of = new ArrayList<>();
    List<Integer> row = new ArrayList<>();
    List<Double> logs = new ArrayList<>();
    // Paths of the pools before an island's own.
    List<Integer> before = new ArrayList<>();
    int paths = 0;
    for (int k = 0; k < islands.size(); k++) {
      AnnealedSamples island = islands.get(k);
      for (int i = 0; i < island.size(); i++) {
        of.add(island);
        before.add(paths);
        row.add(i);
        logs.add(weights.logs()[k] - Math.log(island.size()));
      }
      paths += island.estimator().pool();
    }
    int[] chosen =
        LogWeights.of(logs.stream().mapToDouble(Double::doubleValue).toArray())
            .systematic(Annealing.uniform(seed, Annealing.AFTER_ALL_RUNGS));
    try (Scope scope = Scope.open()) {
      Tensor x =
          Tensors.cat(
              IntStream.of(chosen).mapToObj(i -> of.get(i).x().narrow(0, row.get(i), 1)).toList(),
              0);
      return new AnnealedSamples(
          Scope.keepForever(x),
          IntStream.of(chosen).mapToObj(i -> of.get(i).scores().get(row.get(i))).toList(),
          beta,
          estimate(islands, weights, beta),
          new Estimator(
              islands.stream().anyMatch(island -> island.estimator().annealed()),
              islands.size(),
              chosen.length,
              islands.stream().mapToInt(island -> island.estimator().pool()).sum()),
          null,
          mixing(islands, weights),
          IntStream.of(chosen)
              .mapToObj(i -> before.get(i) + of.get(i).eves().get(row.get(i)))
              .toList(),
          (int)
              Math.round(
                  IntStream.of(chosen)
                      .distinct()
                      .mapToDouble(i -> (double) of.get(i).distinct() / of.get(i).size())
                      .sum()),
          islands.stream().flatMap(island -> island.rungs().stream()).toList(),
          islands.stream().mapToLong(AnnealedSamples::evaluations).sum());
    }
  }

  private static double commonBeta(List<AnnealedSamples> islands) {
    double[] betas = each(islands, AnnealedSamples::beta);
    if (betas.length == 0 || Arrays.stream(betas).distinct().count() > 1) {
      throw new IllegalArgumentException(
          "islands at betas "
              + Arrays.toString(betas)
              + ": expected one beta, so let one run find it and give it to all as their goal");
    }
    return betas[0];
  }

  private static TiltEstimate estimate(
      List<AnnealedSamples> islands, LogWeights weights, double beta) {
    int k = islands.size();
    TiltEstimate spread =
        Genealogy.estimate(
            weights,
            IntStream.range(0, k).toArray(),
            each(islands, i -> i.estimate().mean().value()),
            beta,
            LogWeights.uniform(k).logMean(each(islands, i -> i.estimate().logZ().value())));
    TiltEstimate theirs =
        new TiltEstimate(
            byTheirs(spread.logZ(), islands, weights, TiltEstimate::logZ),
            byTheirs(spread.mean(), islands, weights, TiltEstimate::mean),
            byTheirs(spread.kl(), islands, weights, TiltEstimate::kl));
    return k == 1 ? theirs : Clouds.larger(theirs, spread, k);
  }

  private static Estimate byTheirs(
      Estimate joined,
      List<AnnealedSamples> islands,
      LogWeights weights,
      Function<TiltEstimate, Estimate> of) {
    double[] w = weights.values();
    double squares =
        IntStream.range(0, w.length)
            .mapToDouble(i -> w[i] * of.apply(islands.get(i).estimate()).standardError())
            .map(error -> error * error)
            .sum();
    return new Estimate(joined.value(), Math.sqrt(squares));
  }

  private static Mixing mixing(List<AnnealedSamples> islands, LogWeights weights) {
    if (weights.ess() < islands.size() / 2.0) {
      return Mixing.not(
          "of %d islands one has %.0f %% of the weight: give them more particles or larger pools"
              .formatted(
                  islands.size(), 100 * Arrays.stream(weights.values()).max().orElseThrow()));
    }
    return islands.stream()
        .map(AnnealedSamples::mixing)
        .filter(mixing -> !mixing.mixed())
        .findFirst()
        .map(mixing -> Mixing.not("on one island " + mixing.why()))
        .orElseGet(() -> new Mixing(true, "so is each of " + islands.size() + " islands"));
  }

  private static double[] each(
      List<AnnealedSamples> islands, Function<AnnealedSamples, Double> of) {
    return islands.stream().mapToDouble(of::apply).toArray();
  }
}
