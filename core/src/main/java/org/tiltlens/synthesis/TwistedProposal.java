package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.float64;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.sum;
import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Where particles may go from x_t, and the twist where they stand.
 *
 * <pre>
 *   p(x_{t-1} | x_t) = N(mean, deviation^2)
 *   proposal         = N(mean + deviation shift, deviation^2)       shift = beta_t deviation g_t
 * </pre>
 *
 * <p>Counted in deviations, the last step needs no case of its own: its deviation is 0, so the
 * proposal is the transition.
 *
 * @param mean (N, C, H, W), as are the other two
 * @param logTwist log psi_t(x_t) of each particle
 */
record TwistedProposal(Tensor mean, Tensor deviation, Tensor shift, double[] logTwist) {

  /** At {@code xt}, without graph; belongs to the caller's scope. */
  static TwistedProposal at(
      Prior prior, Score score, Objective objective, Tensor xt, int t, double beta) {
    if (beta == 0) {
      return untilted(prior, xt, t);
    }
    Tensor x = Autograd.leaf(xt);
    Prediction prediction = prior.predict(x, t);
    Tensor energies = objective.of(score.finite(prior.decode(prediction.x0Hat()))); // (N)
    Tensor gradient = Autograd.gradient(energies.sum(), x);
    Tensor deviation = deviation(prediction, t);
    return new TwistedProposal(
        prediction.mean().detach(),
        deviation,
        scale(gradient.mul(deviation), beta),
        Arrays.stream(toDoubles(energies)).map(energy -> beta * energy).toArray());
  }

  /** The prior's own transition: no score, and no gradient of it. */
  private static TwistedProposal untilted(Prior prior, Tensor xt, int t) {
    Prediction prediction = prior.predict(xt, t);
    return new TwistedProposal(
        prediction.mean(), deviation(prediction, t), scale(xt, 0), new double[(int) xt.size(0)]);
  }

  private static Tensor deviation(Prediction prediction, int t) {
    return scale(prediction.variance().detach().sqrt(), t == 0 ? 0 : 1);
  }

  /** Lets it outlive every scope, until {@link #release}. */
  TwistedProposal kept() {
    Scope.keepForever(mean);
    Scope.keepForever(deviation);
    Scope.keepForever(shift);
    return this;
  }

  /** Frees what was {@link #kept}. */
  void release() {
    Scope.release(mean);
    Scope.release(deviation);
    Scope.release(shift);
  }

  /** Parts of a cloud as one, of memory of its own. */
  static TwistedProposal joined(List<TwistedProposal> parts) {
    return new TwistedProposal(
        joined(parts, TwistedProposal::mean),
        joined(parts, TwistedProposal::deviation),
        joined(parts, TwistedProposal::shift),
        parts.stream().flatMapToDouble(part -> Arrays.stream(part.logTwist)).toArray());
  }

  private static Tensor joined(List<TwistedProposal> parts, Function<TwistedProposal, Tensor> of) {
    return Tensors.cat(parts.stream().map(of).toList(), 0);
  }

  /** The proposals of these particles, in this order, repeated where one is repeated. */
  TwistedProposal of(int[] particles, Device device) {
    long[] indices = Arrays.stream(particles).asLongStream().toArray();
    Tensor rows = device.place(Tensors.longs(indices, indices.length));
    return new TwistedProposal(
        mean.index_select(0, rows),
        deviation.index_select(0, rows),
        shift.index_select(0, rows),
        Arrays.stream(particles).mapToDouble(i -> logTwist[i]).toArray());
  }

  /**
   * A draw from each proposal.
   *
   * @param z standard normal
   */
  Tensor draw(Tensor z) {
    return mean.add(deviation.mul(shift.add(z)));
  }

  /**
   * {@code log p - log proposal - log psi_t} of the draw made with {@code z}: with the draw at
   * shift + z deviations from p's mean, {@code -(shift z + shift^2 / 2)} summed over the pixels.
   */
  double[] logWeights(Tensor z) {
    Tensor u = float64(shift);
    double[] ratio = toDoubles(sum(u.mul(float64(z)).add(scale(u.square(), 0.5)), 1, 2, 3));
    double[] weights = new double[ratio.length];
    Arrays.setAll(weights, i -> -ratio[i] - logTwist[i]);
    return weights;
  }
}
