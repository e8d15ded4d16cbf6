package org.tiltlens.frontier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.ScoreSample;

class CorpusFrontierTest {
  private static final int N = 1000;
  private static final int HIGH = 50;

  /** 950 images that score 0 and 50 that score 1: every number has a closed form. */
  private static final CorpusFrontier TWO_SCORES =
      new CorpusFrontier(ScoreSample.of(new double[] {0, 1}, new int[] {N - HIGH, HIGH}));

  @Test
  void retrievalHasTheClosedFormOfTwoScores() {
    for (double beta : new double[] {-1, 0.5, 2, 4}) {
      double z = (N - HIGH + HIGH * Math.exp(beta)) / N;
      double mean = HIGH * Math.exp(beta) / N / z;
      FrontierPoint point = TWO_SCORES.retrieval(beta);
      assertThat(point.mean()).isCloseTo(mean, within(1e-12));
      assertThat(point.kl()).isCloseTo(beta * mean - Math.log(z), within(1e-12));
      assertThat(point.kl()).isCloseTo(TWO_SCORES.leastKl(point.mean()), within(1e-9));
      // The share of high scores has the error of a binomial; the rest follows to first order. The
      // next image would be one more of those that the tilt favours.
      double share = (double) HIGH / N;
      double shareError = Math.sqrt(share * (1 - share) / (N - 1));
      double favoured = beta > 0 ? 1 : 0;
      double more = Math.exp(beta * favoured) / N / z - 1.0 / N;
      double next = (favoured - mean) * more / (1 + more);
      assertThat(point.meanSe())
          .isCloseTo(
              Math.hypot(shareError * Math.exp(beta) / (z * z), 1.5 * next),
              within(0.02 * point.meanSe()));
    }
  }

  @Test
  void hardCutAndBestOfNHaveTheirs() {
    FrontierPoint top = TWO_SCORES.top(2 * HIGH);
    assertThat(top.mean()).isCloseTo(0.5, within(1e-12));
    assertThat(top.kl()).isCloseTo(Math.log(N / 2.0 / HIGH), within(1e-12));
    double low = 1 - (double) HIGH / N;
    FrontierPoint best = TWO_SCORES.best(3);
    double none = low * low * low;
    assertThat(best.mean()).isCloseTo(1 - none, within(1e-12));
    double kl = none * Math.log(none / low) + (1 - none) * Math.log((1 - none) / (1 - low));
    assertThat(best.kl()).isCloseTo(kl, within(1e-12));
  }

  @Test
  void nothingStandsBelowTheTilt() {
    CorpusFrontier corpus =
        new CorpusFrontier(
            ScoreSample.of(
                IntStream.range(0, 500).mapToDouble(i -> Math.cbrt(i * 37 % 500) * i).toArray()));
    List<FrontierPoint> points =
        IntStream.of(1, 3, 10, 100, 500)
            .boxed()
            .flatMap(k -> List.of(corpus.top(k), corpus.best(k)).stream())
            .toList();
    assertThat(points)
        .allSatisfy(
            point ->
                assertThat(point.kl()).isGreaterThanOrEqualTo(corpus.leastKl(point.mean()) - 1e-9));
  }

  @Test
  void curveReachesMeansEvenlyUpToTheHighestScore() {
    ScoreSample sample = ScoreSample.of(DoubleStream.iterate(0, s -> s + 0.1).limit(200).toArray());
    CorpusFrontier corpus = new CorpusFrontier(sample);
    double[] means =
        corpus.curve().stream().mapToDouble(beta -> sample.tilted(beta).mean()).toArray();
    double step = (sample.max() - sample.mean()) / (means.length + 1);
    for (int i = 0; i < means.length; i++) {
      assertThat(means[i]).isCloseTo(sample.mean() + (i + 1) * step, within(1e-9));
    }
    assertThat(corpus.retrieval(100).estimator()).contains("not to be trusted");
    assertThat(corpus.leastKl(1e3)).isNull();
    assertThat(new CorpusFrontier(ScoreSample.of(1, 1, 1)).curve()).isEmpty();
  }
}
