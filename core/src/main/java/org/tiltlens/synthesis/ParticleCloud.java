package org.tiltlens.synthesis;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.torch.Scope;

/**
 * The particles of a {@link TwistedSampler} on their way: all that is needed to go on, and nothing
 * else.
 *
 * <p>Saving it and starting again from it gives the same bits, because the noise of every step is a
 * function of (seed, particle, step) alone.
 *
 * @param seed the run's seed
 * @param step how many transitions are taken
 * @param x (K, C, H, W), owned by this cloud
 * @param weights of the particles, the twist at {@code x} not yet counted
 * @param pending per particle, {@code log p(x_{t-1} | x_t) - log proposal - log psi_t(x_t)} of the
 *     transition that made {@code x}: the part of its next weight that is known already
 * @param eves per particle, its ancestor among the first
 * @param logZ log of the weights' means, summed so far
 * @param ess effective number of particles at each weighing so far
 * @param resampled the steps before which particles were resampled
 */
public record ParticleCloud(
    long seed,
    int step,
    Tensor x,
    LogWeights weights,
    List<Double> pending,
    List<Integer> eves,
    double logZ,
    List<Double> ess,
    List<Integer> resampled)
    implements AutoCloseable {
  public ParticleCloud {
    pending = List.copyOf(pending);
    eves = List.copyOf(eves);
    ess = List.copyOf(ess);
    resampled = List.copyOf(resampled);
  }

  /** Number of particles, K. */
  public int size() {
    return weights.size();
  }

  /** The same particles, each weighed by its pending factor and the twist where it stands. */
  ParticleCloud weighed(double[] logTwist) {
    double[] factors =
        IntStream.range(0, size()).mapToDouble(i -> pending.get(i) + logTwist[i]).toArray();
    LogWeights after = weights.times(factors);
    List<Double> longer = new ArrayList<>(ess);
    longer.add(after.ess());
    return new ParticleCloud(
        seed, step, x, after, pending, eves, logZ + weights.logMean(factors), longer, resampled);
  }

  /** As many particles of equal weight, where particle i goes on from {@code parents[i]}. */
  ParticleCloud resampled(int[] parents) {
    List<Integer> longer = new ArrayList<>(resampled);
    longer.add(step);
    List<Integer> theirs = Arrays.stream(parents).mapToObj(eves::get).toList();
    return new ParticleCloud(
        seed, step, x, LogWeights.uniform(size()), pending, theirs, logZ, ess, longer);
  }

  /** The particles after one transition. */
  ParticleCloud moved(Tensor next, double[] nextPending) {
    List<Double> theirs = Arrays.stream(nextPending).boxed().toList();
    return new ParticleCloud(seed, step + 1, next, weights, theirs, eves, logZ, ess, resampled);
  }

  @Override
  public void close() {
    Scope.release(x);
  }
}
