package org.tiltlens.annealing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.DoubleStream;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * Moves every particle of a cloud once, so that its tilt is kept: a proposal is accepted with
 * {@code min(1, exp(b (s' - s)) p(x') P(x' -> x) / (p(x) P(x -> x')))}.
 */
record Metropolis(PathSampler paths, Batching batching) {
  /** Pools count from 0 and know no more than 2^40 paths, so these streams are nobody's. */
  private static final long MOVES = 1L << 40;

  private static final int ACCEPTANCE_DRAW = 1;

  /** Takes over what it was given. */
  AnnealedCloud moved(AnnealedCloud now, PathMove move) {
    List<Moved> parts;
    try {
      parts = batching.map(now.size(), (first, count) -> moved(now, move, first, count));
    } catch (RuntimeException | Error e) {
      now.close();
      throw e;
    }
    double[] scores =
        parts.stream().flatMapToDouble(part -> DoubleStream.of(part.scores)).toArray();
    double[] energies = paths.objective().of(scores);
    double[] before =
        paths.objective().of(now.scores().stream().mapToDouble(Double::doubleValue).toArray());
    double jump = 0;
    for (int i = 0; i < energies.length; i++) {
      jump += Math.pow(energies[i] - before[i], 2) / energies.length;
    }
    int accepted = parts.stream().mapToInt(Moved::accepted).sum();
    double mean = DoubleStream.of(energies).average().orElseThrow();
    return now.moved(
        DoubleStream.of(scores).boxed().toList(),
        parts.stream().flatMap(part -> part.labels.stream()).toList(),
        new Tally(move, now.size(), accepted, mean, jump),
        parts.stream().mapToLong(Moved::evaluations).sum());
  }

  private record Moved(double[] scores, List<Long> labels, int accepted, long evaluations) {}

  private Moved moved(AnnealedCloud now, PathMove move, int first, int count) {
    long[] streams = new long[count];
    Arrays.setAll(streams, i -> MOVES + (long) now.sweeps() * now.size() + first + i);
    try (Scope scope = Scope.open()) {
      Paths own = now.paths().rows(first, count);
      PathSampler.Proposal proposal = paths.propose(own, move, now.seed(), streams);
      try (Paths other = proposal.paths()) {
        double[] kept =
            now.scores().subList(first, first + count).stream()
                .mapToDouble(Double::doubleValue)
                .toArray();
        double[] before = paths.objective().of(kept);
        double[] scores = paths.scores(other);
        double[] energies = paths.objective().of(scores);
        List<Long> labels = new ArrayList<>(now.labels().subList(first, first + count));
        int accepted = 0;
        for (int i = 0; i < count; i++) {
          double logRatio = now.beta() * (energies[i] - before[i]) + proposal.logRatio()[i];
          double u = Noise.uniform(now.seed(), streams[i], ACCEPTANCE_DRAW, 1).item_double();
          if (Math.log(u) < logRatio) {
            own.replace(i, other, i);
            kept[i] = scores[i];
            labels.set(i, streams[i]);
            accepted++;
          }
        }
        return new Moved(kept, labels, accepted, proposal.evaluations());
      }
    }
  }
}
