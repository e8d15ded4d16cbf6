package org.tiltlens.torch;

import static org.tiltlens.torch.Tensors.addInPlace;
import static org.tiltlens.torch.Tensors.addProductInPlace;
import static org.tiltlens.torch.Tensors.addQuotientInPlace;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.scaleInPlace;

import org.bytedeco.pytorch.Tensor;

/**
 * How a gradient becomes a step downhill, from running averages of the gradients before it.
 *
 * <pre>
 * m = beta1 m + (1 - beta1) g        v = beta2 v + (1 - beta2) g^2
 * </pre>
 *
 * <p>All state is in the two averages and the number of the step, so that who saves them can go on
 * to the same bits. The steps are those of PyTorch's classes of these names.
 */
public sealed interface Optimiser {
  /**
   * Takes step {@code n}: changes the weights and the averages in place.
   *
   * @param weights without graph
   * @param gradient of a loss, of the same shape
   * @param n from 1
   * @param rate how far, above 0
   */
  void step(Tensor weights, Tensor gradient, Moments moments, long n, double rate);

  /**
   * The running averages.
   *
   * @param first m, of the weights' shape; starts at 0
   * @param second v, likewise
   */
  record Moments(Tensor first, Tensor second) {
    private void update(Tensor gradient, double beta1, double beta2) {
      addInPlace(scaleInPlace(first, beta1), gradient, 1 - beta1);
      addProductInPlace(scaleInPlace(second, beta2), gradient, gradient, 1 - beta2);
    }

    /** {@code sqrt(v / (1 - beta2^n)) + epsilon}. */
    private Tensor divisor(double beta2, long n, double epsilon) {
      double correction = 1 - Math.pow(beta2, (double) n);
      return plus(scale(second.sqrt(), 1 / Math.sqrt(correction)), epsilon);
    }
  }

  /**
   * {@code w -= rate (m / (1 - beta1^n)) / (sqrt(v / (1 - beta2^n)) + epsilon)}.
   *
   * <p>Source: Kingma and Ba 2015, algorithm 1.
   *
   * @param beta1 in [0, 1)
   * @param beta2 in [0, 1)
   * @param epsilon above 0
   */
  record Adam(double beta1, double beta2, double epsilon) implements Optimiser {
    /** PyTorch's. */
    public static final Adam USUAL = new Adam(0.9, 0.999, 1e-8);

    public Adam {
      requireSettings(beta1, beta2, epsilon);
    }

    @Override
    public void step(Tensor weights, Tensor gradient, Moments moments, long n, double rate) {
      try (Scope scope = Scope.open()) {
        moments.update(gradient, beta1, beta2);
        double correction = 1 - Math.pow(beta1, (double) n);
        Tensor divisor = moments.divisor(beta2, n, epsilon);
        addQuotientInPlace(weights, moments.first, divisor, -rate / correction);
      }
    }
  }

  /**
   * Adam whose weights decay by themselves: {@code w -= rate decay w}, then a step of Adam.
   *
   * <p>Source: Loshchilov and Hutter 2019, algorithm 2.
   *
   * @param beta1 in [0, 1)
   * @param beta2 in [0, 1)
   * @param epsilon above 0
   * @param decay of the weights, at least 0
   */
  record AdamW(double beta1, double beta2, double epsilon, double decay) implements Optimiser {
    /** PyTorch's. */
    public static final AdamW USUAL = new AdamW(0.9, 0.999, 1e-8, 0.01);

    public AdamW {
      requireSettings(beta1, beta2, epsilon);
      if (!(decay >= 0) || Double.isInfinite(decay)) {
        throw new IllegalArgumentException("weight decay " + decay + ", must be at least 0");
      }
    }

    @Override
    public void step(Tensor weights, Tensor gradient, Moments moments, long n, double rate) {
      try (Scope scope = Scope.open()) {
        scaleInPlace(weights, 1 - rate * decay);
      }
      new Adam(beta1, beta2, epsilon).step(weights, gradient, moments, n, rate);
    }
  }

  /**
   * Adam with Nesterov's look ahead and a momentum that warms up:
   *
   * <pre>
   * mu_n = beta1 (1 - 0.96^(n decay) / 2)        P_n = mu_1 ... mu_n
   * w -= rate (mu_{n+1} m / (1 - P_{n+1}) + (1 - mu_n) g / (1 - P_n)) / (sqrt(v / (1 - beta2^n)) + epsilon)
   * </pre>
   *
   * <p>Source: Dozat 2016, algorithm 2, as PyTorch's {@code NAdam} has it.
   *
   * @param beta1 in [0, 1)
   * @param beta2 in [0, 1)
   * @param epsilon above 0
   * @param momentumDecay how fast the momentum warms up, at least 0
   */
  record NAdam(double beta1, double beta2, double epsilon, double momentumDecay)
      implements Optimiser {
    /** PyTorch's. */
    public static final NAdam USUAL = new NAdam(0.9, 0.999, 1e-8, 4e-3);

    public NAdam {
      requireSettings(beta1, beta2, epsilon);
      if (!(momentumDecay >= 0) || Double.isInfinite(momentumDecay)) {
        throw new IllegalArgumentException(
            "momentum decay " + momentumDecay + ", must be at least 0");
      }
    }

    @Override
    public void step(Tensor weights, Tensor gradient, Moments moments, long n, double rate) {
      try (Scope scope = Scope.open()) {
        moments.update(gradient, beta1, beta2);
        double product = 1;
        for (long i = 1; i <= n; i++) {
          product *= momentum(i);
        }
        double next = momentum(n + 1);
        Tensor divisor = moments.divisor(beta2, n, epsilon);
        addQuotientInPlace(weights, gradient, divisor, -rate * (1 - momentum(n)) / (1 - product));
        addQuotientInPlace(weights, moments.first, divisor, -rate * next / (1 - product * next));
      }
    }

    private double momentum(long n) {
      return beta1 * (1 - 0.5 * Math.pow(0.96, n * momentumDecay));
    }
  }

  private static void requireSettings(double beta1, double beta2, double epsilon) {
    if (!(beta1 >= 0 && beta1 < 1 && beta2 >= 0 && beta2 < 1)) {
      throw new IllegalArgumentException(
          "betas " + beta1 + " and " + beta2 + ", both must be in [0, 1)");
    }
    if (!(epsilon > 0) || Double.isInfinite(epsilon)) {
      throw new IllegalArgumentException("epsilon " + epsilon + ", must be above 0");
    }
  }
}
