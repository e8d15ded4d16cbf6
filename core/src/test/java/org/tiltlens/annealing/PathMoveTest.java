package org.tiltlens.annealing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.GaussianPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.TiltOracle;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Each move keeps the tilt: seen pair by pair. */
class PathMoveTest {
  private static final TiltOracle MIXTURE = TiltOracle.random(4, 3, 2);

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static PathSampler sampler(Prior prior, Score score) {
    return PathSampler.of(prior, new AncestralStep(), score, new Objective.Maximize());
  }

  @Test
  void pathsEndInTheUnguidedSamplersImages() {
    try (Prior prior = MIXTURE.prior("20");
        Paths paths = sampler(prior, MIXTURE.score()).draw(7, 0, 3)) {
      Tensor image = new UnguidedSampler(prior, new AncestralStep()).sample(7, 3);
      assertThat(paths.x().narrow(0, 1, 1).sub(image).abs().max().item_double()).isLessThan(1e-5);
    }
  }

  static List<PathMove> moves() {
    return List.of(
        new PathMove.Branch(2),
        new PathMove.Branch(12),
        new PathMove.NoiseWalk(0.5),
        new PathMove.NoiseWalk(1),
        new PathMove.GuidedBranch(8, 0.4));
  }

  /**
   * {@code E_p[exp(b s) a(x, x') (f(s) - f(s'))] = 0} for every f if and only if each pair of
   * scores is as often gone from one to the other as back.
   */
  @ParameterizedTest
  @MethodSource("moves")
  void asOftenThereAsBack(PathMove move) {
    double[][] found = flows(move, 0.6, true);
    for (double[] flow : found) {
      Estimate mean = Estimate.ofMean(flow);
      assertThat(mean.covers(0, 4)).as("%s", mean).isTrue();
    }
  }

  /** What the test above would say of guided branches whose densities are left out. */
  @Test
  void guidedBranchesNeedBothDensities() {
    Estimate mean = Estimate.ofMean(flows(new PathMove.GuidedBranch(8, 0.4), 0.6, false)[0]);
    assertThat(mean.covers(0, 8)).as("%s", mean).isFalse();
  }

  private static double[][] flows(PathMove move, double beta, boolean withDensities) {
    int n = 20_000;
    try (Prior prior = MIXTURE.prior("20")) {
      PathSampler sampler = sampler(prior, MIXTURE.score());
      try (Paths paths = sampler.walked(Noise.normal(3, 0, 0, n, 21, 1, 2, 2));
          Scope scope = Scope.open()) {
        long[] streams = IntStream.range(n, 2 * n).asLongStream().toArray();
        PathSampler.Proposal proposal = sampler.propose(paths, move, 3, streams);
        try (Paths other = proposal.paths()) {
          double[] before = Tensors.toDoubles(MIXTURE.score().of(paths.x()));
          double[] after = Tensors.toDoubles(MIXTURE.score().of(other.x()));
          double[][] flows = new double[3][n];
          for (int i = 0; i < n; i++) {
            double ratio = withDensities ? proposal.logRatio()[i] : 0;
            double accepted = Math.min(1, Math.exp(beta * (after[i] - before[i]) + ratio));
            double flow = Math.exp(beta * before[i]) * accepted;
            flows[0][i] = flow * (before[i] - after[i]);
            flows[1][i] = flow * (before[i] * before[i] - after[i] * after[i]);
            flows[2][i] = flow * ((before[i] > 0 ? 1 : 0) - (after[i] > 0 ? 1 : 0));
          }
          return flows;
        }
      }
    }
  }

  /** A path that is moved is one of the prior's: the same states and end come of its noise. */
  @ParameterizedTest
  @MethodSource("moves")
  void whatIsProposedIsAPath(PathMove move) {
    try (Prior prior = MIXTURE.prior("20")) {
      PathSampler sampler = sampler(prior, MIXTURE.score());
      try (Paths paths = sampler.draw(3, 0, 1);
          Paths moved = sampler.propose(paths, move, 3, 5, 6).paths();
          Paths again = sampler.walked(moved.noise())) {
        assertThat(moved.x().sub(again.x()).abs().max().item_double()).isLessThan(1e-4);
        assertThat(moved.states().sub(again.states()).abs().max().item_double()).isLessThan(1e-4);
        assertThat(moved.x().sub(paths.x()).abs().max().item_double()).isGreaterThan(1e-2);
      }
    }
  }

  /**
   * Three draws of -1 or 1 make eight paths: every pair is looked at, both ways, against the tilt
   * that enumeration gives.
   */
  @Test
  void everyPairOfADiscreteToyIsInBalance() {
    Score score = images -> images.mul(images).add(Tensors.scale(images, 0.7)).flatten(0, -1);
    GuidedSampler.NoiseSource bits = (seed, stream, draw, shape) -> signs(stream, draw, shape);
    double beta = 1.3;
    try (Prior prior =
        new GaussianPrior(
            NoiseSchedule.linear(1000).respaced("3"),
            Tensors.full(0.3, 1, 1, 1),
            Tensors.full(0.6, 1, 1, 1))) {
      PathSampler sampler =
          new PathSampler(
              prior, new AncestralStep(), score, new Objective.Maximize(), List.of(1, 2), bits);
      try (Paths all = sampler.draw(0, IntStream.range(0, 8).toArray())) {
        double[] scores = Tensors.toDoubles(score.of(all.x()));
        for (int level = 1; level <= 2; level++) {
          double[][] flow = new double[8][8];
          int futures = 1 << 3 - level;
          for (int future = 0; future < futures; future++) {
            long[] streams = new long[8];
            Arrays.fill(streams, future);
            try (Paths proposed =
                sampler.propose(all, new PathMove.Branch(level), 0, streams).paths()) {
              Map<String, Integer> names = names(all);
              double[] there = Tensors.toDoubles(score.of(proposed.x()));
              for (int path = 0; path < 8; path++) {
                int other = names.get(name(proposed, path));
                flow[path][other] +=
                    Math.exp(beta * scores[path])
                        * Math.min(1, Math.exp(beta * (there[path] - scores[path])))
                        / futures;
              }
            }
          }
          for (int i = 0; i < 8; i++) {
            for (int j = 0; j < 8; j++) {
              assertThat(flow[i][j]).isCloseTo(flow[j][i], within(1e-5 * (1 + flow[i][j])));
            }
          }
          // Draws 0 .. level stay; those after it, but for the last step's, are free.
          assertThat(Arrays.stream(flow[0]).filter(each -> each > 0).count())
              .isEqualTo(1 << 2 - level);
        }
      }
    }
  }

  private static Map<String, Integer> names(Paths all) {
    Map<String, Integer> names = new HashMap<>();
    for (int path = 0; path < all.size(); path++) {
      names.put(name(all, path), path);
    }
    return names;
  }

  /** The signs that have an effect: the last step draws none. */
  private static String name(Paths paths, int path) {
    float[] noise = Tensors.toFloats(paths.noise().select(0, path).flatten(0, -1));
    StringBuilder name = new StringBuilder();
    for (int draw = 0; draw < 3; draw++) {
      name.append(noise[draw] > 0 ? '+' : '-');
    }
    return name.toString();
  }

  /** Of a path, the sign of a draw is its bit; of a proposal, those of its draws are its bits. */
  private static Tensor signs(long stream, long draw, long... shape) {
    int n = shape.length == 4 ? (int) shape[0] : 1;
    double[] values = new double[n];
    for (int i = 0; i < n; i++) {
      values[i] = (stream >> draw + i & 1) == 1 ? 1 : -1;
    }
    return Tensors.float32(Tensors.doubles(values, shape));
  }

  @Test
  void aFormWithoutNoiseHasNoBranches() {
    try (Prior prior = MIXTURE.prior("20")) {
      assertThat(
              PathSampler.of(prior, new DdimStep(0), MIXTURE.score(), new Objective.Maximize())
                  .levels())
          .isEmpty();
      assertThatThrownBy(
              () ->
                  new PathSampler(
                      prior,
                      new DdimStep(0),
                      MIXTURE.score(),
                      new Objective.Maximize(),
                      List.of(3),
                      Noise::normal))
          .hasMessageContaining("draws no noise");
    }
  }
}
