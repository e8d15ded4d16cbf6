package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.function.DoubleUnaryOperator;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;

class GaussianMixtureTest {
  private static final GaussianMixture ONE_DIMENSION =
      GaussianMixture.of(
          new double[] {1, 2, 1},
          new double[][] {{-2}, {0.5}, {3}},
          new double[][] {{0.5}, {1}, {0.2}});
  private static final double[] W = {0.7};

  private static double density(GaussianMixture p, double x) {
    double density = 0;
    for (int k = 0; k < p.components(); k++) {
      double s = p.variances()[k][0];
      double off = x - p.means()[k][0];
      density += p.weights()[k] * Math.exp(-off * off / (2 * s)) / Math.sqrt(2 * Math.PI * s);
    }
    return density;
  }

  private static double integral(DoubleUnaryOperator f) {
    double sum = 0;
    for (double x = -15; x <= 15; x += 0.005) {
      sum += 0.005 * f.applyAsDouble(x);
    }
    return sum;
  }

  @Property(tries = 20)
  void tiltIsTheDensityTimesTheWeight(@ForAll @DoubleRange(min = -2, max = 2) double beta) {
    double z = integral(x -> density(ONE_DIMENSION, x) * Math.exp(beta * 0.7 * x));
    double mean = integral(x -> 0.7 * x * density(ONE_DIMENSION, x) * Math.exp(beta * 0.7 * x)) / z;
    assertThat(ONE_DIMENSION.logZ(W, beta)).isCloseTo(Math.log(z), within(1e-9));
    GaussianMixture q = ONE_DIMENSION.tilted(W, beta);
    assertThat(q.meanScore(W)).isCloseTo(mean, within(1e-9));
    for (double x : new double[] {-3, 0, 1, 3}) {
      double expected = density(ONE_DIMENSION, x) * Math.exp(beta * 0.7 * x) / z;
      assertThat(density(q, x)).isCloseTo(expected, within(1e-9));
    }
    double kl = integral(x -> density(q, x) * Math.log(density(q, x) / density(ONE_DIMENSION, x)));
    assertThat(ONE_DIMENSION.kl(W, beta)).isCloseTo(kl, within(1e-6));
  }

  @Example
  void oneComponentIsTheShiftedGaussian() {
    double[] w = {1, -2};
    GaussianMixture p = GaussianMixture.gaussian(new double[] {0.5, 1}, new double[] {2, 0.25});
    GaussianMixture q = p.tilted(w, 3);
    assertThat(q.means()[0]).containsExactly(6.5, -0.5);
    assertThat(q.variances()[0]).containsExactly(2, 0.25);
    assertThat(p.kl(w, 3)).isCloseTo(9 * (2 + 4 * 0.25) / 2, within(1e-12));
    assertThat(p.logZ(w, 3)).isCloseTo(3 * (0.5 - 2) + 13.5, within(1e-12));
  }

  @Example
  void tiltingBackAndFarLosesNoComponent() {
    GaussianMixture back = ONE_DIMENSION.tilted(W, 1000).tilted(W, -1000);
    assertThat(back.weights()).containsExactly(ONE_DIMENSION.weights(), within(1e-9));
  }

  @Example
  void partsMustFit() {
    assertThatThrownBy(() -> GaussianMixture.gaussian(new double[] {1}, new double[] {0}))
        .hasMessageContaining("positive");
    assertThatThrownBy(() -> ONE_DIMENSION.logZ(new double[2], 1))
        .hasMessageContaining("2 weights for 1 dimensions");
  }
}
