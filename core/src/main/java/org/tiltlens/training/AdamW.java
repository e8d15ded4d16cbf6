package org.tiltlens.training;

import static org.tiltlens.torch.Tensors.addInPlace;
import static org.tiltlens.torch.Tensors.addProductInPlace;
import static org.tiltlens.torch.Tensors.addQuotientInPlace;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.scaleInPlace;

import org.bytedeco.pytorch.Tensor;
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
  static final double BETA1 = 0.9;
  static final double BETA2 = 0.999;
  static final double EPSILON = 1e-8;

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
      addInPlace(scaleInPlace(firstMoment, BETA1), gradient, 1 - BETA1);
      addProductInPlace(scaleInPlace(secondMoment, BETA2), gradient, gradient, 1 - BETA2);
      double correction1 = 1 - Math.pow(BETA1, (double) step);
      double correction2 = 1 - Math.pow(BETA2, (double) step);
      Tensor divisor = plus(scale(secondMoment.sqrt(), 1 / Math.sqrt(correction2)), EPSILON);
      if (decay > 0) {
        scaleInPlace(weights.narrow(0, 0, decayed), 1 - rate * decay);
      }
      addQuotientInPlace(weights, firstMoment, divisor, -rate / correction1);
    }
  }
}
