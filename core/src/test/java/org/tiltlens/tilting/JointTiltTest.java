package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class JointTiltTest {
  private static final double FREE = Double.NaN;

  @Test
  void oneScoreIsTiltedAsByItself() {
    double[] scores = new Random(1).doubles(50).map(u -> 7 * u - 3).toArray();
    JointScores joint =
        JointScores.of(
            Arrays.stream(scores).mapToObj(s -> new double[] {s}).toArray(double[][]::new));
    TiltedScores single = ScoreSample.of(scores).tilted(1.3);
    JointTilt tilt = joint.tilted(1.3);
    assertThat(tilt.means()[0]).isCloseTo(single.mean(), within(1e-12));
    assertThat(tilt.logZ()).isCloseTo(single.logZ(), within(1e-12));
    assertThat(tilt.kl()).isCloseTo(single.kl(), within(1e-12));
    assertThat(tilt.ess()).isCloseTo(single.ess(), within(1e-9));
    assertThat(tilt.covariance()[0][0]).isCloseTo(single.variance(), within(1e-12));
    assertThat(joint.solve(new double[] {FREE}, new double[] {3}).betas()[0])
        .isCloseTo(Tilting.solve(ScoreSample.of(scores), 3), within(1e-6));
  }

  @Test
  void aMeansErrorIsThatOfOneScoreByItself() {
    double[] scores = new Random(2).doubles(80).map(u -> 9 * u - 3).toArray();
    JointScores joint =
        JointScores.of(
            Arrays.stream(scores).mapToObj(s -> new double[] {s}).toArray(double[][]::new));
    for (double beta : new double[] {0, 0.8, -1.5}) {
      Estimate single = ScoreSample.of(scores).tilted(beta).estimate().mean();
      Estimate mean = joint.tilted(beta).mean(0);
      assertThat(mean.value()).isCloseTo(single.value(), within(1e-12));
      assertThat(mean.standardError()).isCloseTo(single.standardError(), within(1e-9));
    }
    assertThat(JointScores.of(new double[] {3}).tilted(1).mean(0).standardError()).isInfinite();
  }

  @Test
  void whatIsOutOfReachIsApproachedWhileEnoughImagesCount() {
    JointScores scores = correlated();
    double[] none = new double[scores.units()];
    double[] natural = scores.tilted(none).means();
    double[] free = new double[none.length];
    Arrays.fill(free, FREE);
    double[] near = Arrays.stream(natural).map(mean -> mean + 0.01).toArray();
    assertThat(scores.toward(free, near, 5).betas()).isEqualTo(scores.solve(free, near).betas());
    double[] far = Arrays.stream(natural).map(mean -> mean + 100).toArray();
    assertThatThrownBy(() -> scores.solve(free, far)).hasMessageContaining("no distribution");
    JointTilt part = scores.toward(free, far, 5);
    assertThat(part.ess()).isCloseTo(5, within(0.01));
    double share = (part.means()[0] - natural[0]) / 100;
    for (int k = 0; k < natural.length; k++) {
      assertThat((part.means()[k] - natural[k]) / 100)
          .as("straight")
          .isCloseTo(share, within(1e-6));
    }
  }

  @Test
  void scoresThatKnowNothingOfEachOtherAreTiltedEachByItself() {
    double[] first = {-1, 0.5, 2, 2.5};
    double[] second = {0, 1, 10};
    List<double[]> grid = new ArrayList<>();
    for (double a : first) {
      for (double b : second) {
        grid.add(new double[] {a, b});
      }
    }
    JointTilt tilt =
        JointScores.of(grid.toArray(double[][]::new))
            .solve(new double[] {FREE, FREE}, new double[] {2.2, 1.5});
    assertThat(tilt.betas()[0]).isCloseTo(Tilting.solve(ScoreSample.of(first), 2.2), within(1e-6));
    assertThat(tilt.betas()[1]).isCloseTo(Tilting.solve(ScoreSample.of(second), 1.5), within(1e-6));
    assertThat(tilt.kl())
        .isCloseTo(
            ScoreSample.of(first).tilted(tilt.betas()[0]).kl()
                + ScoreSample.of(second).tilted(tilt.betas()[1]).kl(),
            within(1e-9));
    assertThat(tilt.covariance()[0][1]).isCloseTo(0, within(1e-12));
  }

  @Test
  void meansAreTheSlopeOfLogZAndCovarianceThatOfTheMeans() {
    JointScores scores = correlated();
    double[] at = {0.7, -0.4, 1.1};
    JointTilt tilt = scores.tilted(at);
    for (int k = 0; k < 3; k++) {
      double h = 1e-5;
      double[] up = at.clone();
      double[] down = at.clone();
      up[k] += h;
      down[k] -= h;
      JointTilt above = scores.tilted(up);
      JointTilt below = scores.tilted(down);
      assertThat(tilt.means()[k]).isCloseTo((above.logZ() - below.logZ()) / (2 * h), within(1e-7));
      for (int l = 0; l < 3; l++) {
        assertThat(tilt.covariance()[k][l])
            .isCloseTo((above.means()[l] - below.means()[l]) / (2 * h), within(1e-6));
      }
    }
  }

  @Test
  void holdsOneScoreAtItsNaturalMeanWhileAnotherRises() {
    JointScores scores = correlated();
    double natural = scores.unit(1).mean();
    double wanted = scores.unit(0).scoreAt(95);
    JointTilt tilt =
        scores.solve(new double[] {FREE, FREE, 0}, new double[] {wanted, natural, FREE});
    assertThat(tilt.means()[0]).isCloseTo(wanted, within(1e-6));
    assertThat(tilt.means()[1]).isCloseTo(natural, within(1e-6));
    assertThat(tilt.betas()[2]).isZero();
    // They rise together, so it takes a push against it.
    assertThat(tilt.betas()[1]).isNegative();
    // Of all with these means the joint tilt is nearest: letting go of the hold costs less.
    assertThat(tilt.kl())
        .isGreaterThan(scores.unit(0).tilted(Tilting.solve(scores.unit(0), wanted)).kl());
  }

  @Test
  void aGivenBetaStaysAndTheOthersAreFoundBesideIt() {
    JointScores scores = correlated();
    JointTilt tilt = scores.solve(new double[] {0.8, FREE, 0}, new double[] {FREE, 1.5, FREE});
    assertThat(tilt.betas()[0]).isEqualTo(0.8);
    assertThat(tilt.means()[1]).isCloseTo(1.5, within(1e-6));
  }

  @Test
  void survivesScoresOfAnySize() {
    JointScores scores =
        JointScores.of(new double[] {1e6, 2}, new double[] {1e6 + 1, -1}, new double[] {1e6, 5});
    JointTilt tilt = scores.solve(new double[] {FREE, 0}, new double[] {1e6 + 0.9, FREE});
    assertThat(tilt.means()[0]).isCloseTo(1e6 + 0.9, within(1e-6));
    assertThat(Double.isFinite(tilt.logZ())).isTrue();
  }

  @Test
  void saysWhatNoImagesCanDo() {
    // On these images the scores add up to 1.
    JointScores scores =
        JointScores.of(new double[] {0, 1}, new double[] {1, 0}, new double[] {0.4, 0.6});
    assertThatThrownBy(() -> scores.solve(new double[] {FREE, FREE}, new double[] {0.9, 0.9}))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll("3 images", "0.9000 and 0.9000", "ask for less");
    assertThatThrownBy(
            () ->
                JointScores.of(new double[] {1, 2}, new double[] {1, 3})
                    .solve(new double[] {FREE, FREE}, new double[] {1, 2.5}))
        .hasMessageContaining("unit 0 has the same score on all images");
    assertThatThrownBy(() -> JointScores.of(new double[] {1, 2}, new double[] {1}))
        .hasMessageContaining("expected 2 finite numbers");
  }

  /**
   * A sampler that is not exact: its tilt is weaker than asked for, and one score leaks into
   * another.
   */
  @Test
  void searchCorrectsWhatTheSamplerGetsWrong() {
    JointScores scores = correlated();
    double[] given = {FREE, FREE, FREE};
    double[] goals = {1.4, 1.0, 0.8};
    JointBetaSearch search = new JointBetaSearch(scores, given, goals, goals);
    List<JointPilot> pilots = new ArrayList<>();
    while (pilots.size() < 8) {
      double[] betas = search.next(pilots);
      JointPilot pilot = sampled(scores, betas);
      pilots.add(pilot);
      if (search.miss(pilot) < 0.03) {
        break;
      }
    }
    assertThat(search.miss(pilots.get(0))).as("the corpus' betas alone").isGreaterThan(0.2);
    assertThat(search.miss(pilots.get(pilots.size() - 1))).isLessThan(0.03);
    assertThat(pilots.size()).isLessThanOrEqualTo(6);
  }

  @Test
  void searchLeavesGivenBetasAlone() {
    JointScores scores = correlated();
    JointBetaSearch search =
        new JointBetaSearch(
            scores,
            new double[] {FREE, 0.5, 0},
            new double[] {1.4, FREE, FREE},
            new double[] {1, 1, 1});
    List<JointPilot> pilots = new ArrayList<>();
    for (int n = 0; n < 4; n++) {
      double[] betas = search.next(pilots);
      assertThat(betas[1]).isEqualTo(0.5);
      assertThat(betas[2]).isZero();
      pilots.add(sampled(scores, betas));
    }
    assertThat(search.miss(pilots.get(3))).isLessThan(0.05);
  }

  private static JointPilot sampled(JointScores scores, double[] betas) {
    double[] means =
        scores.tilted(0.6 * betas[0], 0.7 * betas[1] + 0.1 * betas[0], 0.5 * betas[2]).means();
    return new JointPilot(
        Arrays.stream(betas).boxed().toList(), Arrays.stream(means).boxed().toList());
  }

  /** Three normal scores of which the first two rise together. */
  private static JointScores correlated() {
    Random random = new Random(3);
    return JointScores.of(
        IntStream.range(0, 4000)
            .mapToObj(
                i -> {
                  double common = random.nextGaussian();
                  return new double[] {
                    common, 0.6 * common + 0.8 * random.nextGaussian(), random.nextGaussian()
                  };
                })
            .toArray(double[][]::new));
  }
}
