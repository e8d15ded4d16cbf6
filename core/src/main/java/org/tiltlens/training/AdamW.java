package org.tiltlens.training;

import static org.tiltlens.torch.Tensors.scaleInPlace;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Optimiser;
import org.tiltlens.torch.Scope;

/**
 * Adam with bias correction and decoupled weight decay.
 *
 * <pre>
 * m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
 * w = w - rate (decay w + (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + epsilon))
 * </pre>
 *
 * <p>Kingma and Ba 2015, algorithm 1; Loshchilov and Hutter 2019, algorithm 2. All state is in the
 * two moments and the number of steps.
 *
 * @param firstMoment m, of the weights' shape; starts at 0
 * @param secondMoment v, likewise
 */
record AdamW(Tensor firstMoment, Tensor secondMoment) {
  private static final Optimiser ADAM = Optimiser.Adam.USUAL;

  /**
   * Changes the weights and the moments in place.
   *
   * @param weights flat
   * @param gradient of the same shape
   * @param step n, from 1
   * @param decayed how many of the weights, from the first on, decay
   */
  void step(Tensor weights, Tensor gradient, long step, double rate, double decay, long decayed) {
    try (Scope scope = Scope.open()) {
      if (decay > 0) {
        scaleInPlace(weights.narrow(0, 0, decayed), 1 - rate * decay);
      }
    }
    ADAM.step(weights, gradient, new Optimiser.Moments(firstMoment, secondMoment), step, rate);
  }
}
