package org.tiltlens.annealing;

/** Where an annealed run ends. */
public sealed interface Goal {
  /**
   * At a tilt.
   *
   * @param beta finite, of any sign
   */
  record Beta(double beta) implements Goal {
    public Beta {
      if (!Double.isFinite(beta)) {
        throw new IllegalArgumentException("illegal beta: " + beta + ", must be a finite number");
      }
    }

    @Override
    public String toString() {
      return "beta " + beta;
    }
  }

  /**
   * At the tilt that has a mean, {@code E_q[s] = mean}, wherever it is.
   *
   * @param mean wanted of what is tilted, finite
   */
  record Mean(double mean) implements Goal {
    public Mean {
      if (!Double.isFinite(mean)) {
        throw new IllegalArgumentException("illegal mean: " + mean + ", must be a finite number");
      }
    }

    @Override
    public String toString() {
      return "a mean score of " + mean;
    }
  }
}
