package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Objective;
import org.tiltlens.fixture.LiveNative;
import org.tiltlens.synthesis.Retrieval;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.GaussianMixture;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** On a Gaussian and a linear score, whose tilts are known. */
class RenoisingTest {
  private static final TiltOracle GAUSSIAN = TiltOracle.random(4, 1, 2);
  private static final double BETA = 1.2;

  /** So fine that the prior's reverse chain is nearly the posterior of its forward one. */
  private static final String FINE = "250";

  private static final int MANY = 4000;

  private static Renoising renoising(Prior prior, double beta, int moves, Batching batching) {
    return Renoising.of(
        PathSampler.of(prior, new AncestralStep(), GAUSSIAN.score(), new Objective.Maximize()),
        beta,
        moves,
        batching);
  }

  /** Exact draws of the Gaussian tilted by beta. */
  private static Tensor drawn(double beta, int count, long seed) {
    GaussianMixture q = GAUSSIAN.p().tilted(GAUSSIAN.w(), beta);
    Random random = new Random(seed);
    double[] values = new double[count * 4];
    Arrays.setAll(
        values,
        i -> q.means()[0][i % 4] + Math.sqrt(q.variances()[0][i % 4]) * random.nextGaussian());
    return Tensors.float32(Tensors.doubles(values, count, 1, 2, 2));
  }

  private static List<Integer> first(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  private static Estimate mean(RenoisedImages images) {
    return Estimate.ofMean(images.scores().stream().mapToDouble(Double::doubleValue).toArray());
  }

  @Test
  void exactSamplesStayThoseOfTheTilt() {
    try (Prior prior = GAUSSIAN.prior(FINE);
        Scope scope = Scope.open();
        RenoisedImages end =
            renoising(prior, BETA, 6, Batching.together(MANY))
                .run(3, drawn(BETA, MANY, 1), first(MANY))) {
      assertThat(mean(end).covers(GAUSSIAN.mean(BETA), 3)).as("%s", mean(end)).isTrue();
      assertThat(end.moves())
          .extracting(RenoisingMove::kept)
          .containsExactly(150, 175, 200, 150, 175, 200);
      assertThat(end.moves()).allSatisfy(move -> assertThat(move.accepted()).isLessThan(MANY));
      assertThat(end.moves().get(5).mean()).isCloseTo(mean(end).value(), within(1e-9));
    }
  }

  /** Soft retrieval of a corpus of the prior's own, with images drawn more than once. */
  @Test
  void imagesDrawnByWeightBecomeNewOnesOfTheSameMean() {
    try (Prior prior = GAUSSIAN.prior(FINE);
        Scope scope = Scope.open()) {
      Renoising renoising = renoising(prior, BETA, 6, Batching.together(MANY));
      Tensor corpus = drawn(0, MANY, 2);
      List<Double> scores =
          Arrays.stream(Tensors.toDoubles(GAUSSIAN.score().of(corpus))).boxed().toList();
      List<Integer> chosen = Retrieval.of(scores, BETA).drawn(MANY, 5);
      long[] rows = chosen.stream().mapToLong(Integer::longValue).toArray();
      Tensor start = corpus.index_select(0, Tensors.longs(rows, rows.length));
      try (RenoisedImages end = renoising.run(3, start, chosen)) {
        // The corpus' own chance comes on top.
        assertThat(mean(end).value()).isCloseTo(GAUSSIAN.mean(BETA), within(0.12));
        assertThat(mean(end).value()).isGreaterThan(GAUSSIAN.mean(0) + 1);
        assertThat(end.ancestors()).isEqualTo((int) chosen.stream().distinct().count());
        Tensor moved = Tensors.sum(end.x().sub(start).abs(), 1, 2, 3);
        double[] by = Tensors.toDoubles(moved);
        assertThat(end.unmoved())
            .containsExactlyElementsOf(
                IntStream.range(0, MANY).filter(i -> by[i] == 0).boxed().toList());
      }
    }
  }

  @Test
  void withoutATiltAllIsAcceptedAndNothingDrifts() {
    try (Prior prior = GAUSSIAN.prior(FINE);
        Scope scope = Scope.open()) {
      Tensor start = drawn(0, 500, 1);
      Tensor others = drawn(0, 500, 2);
      Renoising still = renoising(prior, BETA, 3, Batching.together(500)).withBeta(0);
      try (RenoisedImages end = still.run(3, start, first(500))) {
        assertThat(end.accepted()).containsOnly(3);
        assertThat(end.unmoved()).isEmpty();
        double[] before = Tensors.toDoubles(GAUSSIAN.score().of(start));
        double[] after = end.scores().stream().mapToDouble(Double::doubleValue).toArray();
        Drift drift = Drift.of(start, others, end, before, after);
        assertThat(drift.images()).isEqualTo(500);
        assertThat(drift.moves()).isEqualTo(3);
        assertThat(drift.change().covers(0, 3)).as("%s", drift.change()).isTrue();
        assertThat(drift.change().value())
            .isCloseTo(drift.after().value() - drift.before().value(), within(1e-9));
        assertThat(drift.distance()).isBetween(0.0, 3 * drift.chance());
        assertThat(drift.chance()).isLessThan(0.02);
      }
    }
  }

  /** Of a prior that is another's, drift is what is seen. */
  @Test
  void aPriorThatIsNotTheCorpusDrifts() {
    try (Prior prior = GAUSSIAN.prior("50");
        Scope scope = Scope.open()) {
      Tensor start = drawn(2, 200, 1);
      Renoising still = renoising(prior, 0, 6, Batching.together(200));
      try (RenoisedImages end = still.run(3, start, first(200))) {
        double[] before = Tensors.toDoubles(GAUSSIAN.score().of(start));
        double[] after = end.scores().stream().mapToDouble(Double::doubleValue).toArray();
        Drift drift = Drift.of(start, drawn(2, 200, 2), end, before, after);
        assertThat(drift.change().value()).isLessThan(-5 * drift.change().standardError());
        assertThat(drift.distance()).isGreaterThan(3 * drift.chance());
      }
    }
  }

  @Test
  void lanesChangeNoBit() {
    try (Prior prior = GAUSSIAN.prior("10");
        Scope scope = Scope.open();
        RenoisedImages one =
            renoising(prior, BETA, 4, Batching.oneByOne(new Lanes(1, 1)))
                .run(3, drawn(BETA, 7, 1), first(7));
        RenoisedImages three =
            renoising(prior, BETA, 4, Batching.oneByOne(new Lanes(3, 1)))
                .run(3, drawn(BETA, 7, 1), first(7))) {
      assertThat(three.x().equal(one.x())).isTrue();
      assertThat(three.scores()).isEqualTo(one.scores());
      assertThat(three.accepted()).isEqualTo(one.accepted());
      assertThat(three.moves()).isEqualTo(one.moves());
      Renoising any = renoising(prior, BETA, 4, Batching.together(2));
      // After 6, 7 and 8 of 10 steps, and 6 again.
      assertThat(any.evaluations(one.moves())).isEqualTo(7 * (4 + 3 + 2 + 4));
    }
  }

  @Test
  void nothingIsLeftBehind() {
    long left =
        LiveNative.leftBy(
            () -> {
              try (Prior prior = GAUSSIAN.prior("10");
                  Scope scope = Scope.open()) {
                Tensor start = drawn(0, 4, 1);
                renoising(prior, BETA, 2, Batching.together(4)).run(3, start, first(4)).close();
              }
            });
    assertThat(left).isZero();
  }

  @Test
  void whatCannotBeIsRefused() {
    try (Prior prior = GAUSSIAN.prior("10")) {
      PathSampler paths =
          PathSampler.of(prior, new AncestralStep(), GAUSSIAN.score(), new Objective.Maximize());
      Batching one = Batching.together(1);
      assertThatThrownBy(() -> new Renoising(paths, 1, List.of(10), 1, one))
          .hasMessage("levels [10]: expected numbers of steps from 1 to 9");
      assertThatThrownBy(() -> new Renoising(paths, 1, Collections.emptyList(), 1, one))
          .hasMessageContaining("levels []");
      assertThatThrownBy(() -> Renoising.of(paths, 1, 0, one)).hasMessageContaining("0 moves");
      PathSampler still =
          PathSampler.of(prior, new DdimStep(0), GAUSSIAN.score(), new Objective.Maximize());
      assertThatThrownBy(() -> Renoising.of(still, 1, 1, one))
          .hasMessageContaining("draws no noise");
    }
  }
}
