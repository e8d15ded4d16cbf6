package org.tiltlens.study;

import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.metrics.ClassShares;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.OpenJudge;
import org.tiltlens.pool.Pool;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;

/**
 * Which classes a tilt has more of than the prior, as a judge that guided nothing sees the images
 * of a pool.
 *
 * <pre>
 *   share_c = sum_i w_i [class_i = c]      w_i ∝ exp(beta s_i)      SE = sqrt(share (1 - share) / ESS)
 * </pre>
 *
 * @param labels class of each of the pool's images, as the judge sees it
 * @param names of the classes
 */
record ClassGrowth(List<Integer> labels, List<String> names) {
  private static final int MOST = 2;

  /** Growth below so many standard errors is chance. */
  private static final double SURE = 2;

  ClassGrowth {
    labels = List.copyOf(labels);
    names = List.copyOf(names);
  }

  /** By a bundle's judge; empty if it has none, or the corpus' classes have no names. */
  static Optional<ClassGrowth> of(
      Bundle bundle, ModelShelf shelf, Device device, Lanes lanes, Pool pool, List<String> names) {
    if (names.isEmpty()) {
      return Optional.empty();
    }
    return shelf
        .judge(bundle, device)
        .map(
            judge ->
                new ClassGrowth(labels(judge, device, lanes, pool.images(), pool.size()), names));
  }

  private static List<Integer> labels(
      OpenJudge judge, Device device, Lanes lanes, Corpus pool, int size) {
    JudgeMeasure measure =
        new JudgeMeasure(
            judge.vision(),
            judge.head(),
            judge.hook(),
            new SpatialReduction.Mean(),
            new CentralCrop(1));
    return measure
        .each(
            size,
            (from, to) -> device.place(pool.read(from, to).orElseThrow().images()),
            lanes,
            looked -> {})
        .stream()
        .map(JudgeMeasure.Seen::label)
        .toList();
  }

  /** The classes that grew most, those first, without what chance may have done. */
  List<GrownClass> at(double beta, double... energies) {
    int[] seen = labels.stream().mapToInt(Integer::intValue).toArray();
    ClassShares prior = ClassShares.of(names.size(), seen);
    LogWeights weights =
        LogWeights.of(Arrays.stream(energies).map(energy -> beta * energy).toArray());
    ClassShares tilted = ClassShares.weighted(names.size(), seen, weights);
    return IntStream.range(0, names.size())
        .mapToObj(
            c -> {
              double share = tilted.shares().get(c);
              return new GrownClass(
                  names.get(c),
                  share,
                  Math.sqrt(share * (1 - share) / tilted.ess()),
                  prior.shares().get(c));
            })
        .filter(growth -> growth.share() - growth.prior() > SURE * growth.standardError())
        .sorted(Comparator.comparingDouble(growth -> growth.prior() - growth.share()))
        .limit(MOST)
        .toList();
  }
}
