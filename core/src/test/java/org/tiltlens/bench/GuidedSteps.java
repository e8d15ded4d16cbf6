package org.tiltlens.bench;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.feature.Objective;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** One tilted ancestral step in the middle of a run, of some samples together. */
final class GuidedSteps implements Computation {
  private static final long SEED = 45;
  private static final int BETA = 1;

  private final RandomPipeline pipeline;
  private final List<Integer> samples;
  private final Objective objective = new Objective.Maximize();
  private final GuidedSampler sampler;
  private final int taken;
  private final int t;
  private final Tensor x;

  /**
   * @param pipeline stays its owner's to close
   */
  GuidedSteps(RandomPipeline pipeline, int batch) {
    this.pipeline = pipeline;
    samples = IntStream.range(0, batch).boxed().toList();
    sampler = pipeline.sampler(new Guidance.Tilt(BETA, objective, Strength.FULL));
    taken = pipeline.prior().schedule().steps() / 2;
    t = pipeline.prior().schedule().steps() - 1 - taken;
    x = Scope.keepForever(Scope.of(() -> pipeline.prior().device().place(noise(0))));
  }

  @Override
  public String words() {
    return "guided step";
  }

  @Override
  public int images() {
    return samples.size();
  }

  @Override
  public boolean isThroughput() {
    return false;
  }

  @Override
  public List<Way> ways() {
    return List.of(way("every feature encoded", "all"), way("its own filter", "own"));
  }

  private Way way(String words, String encoder) {
    NoiseSchedule schedule = pipeline.prior().schedule();
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    request.put("what", "step").put("encoder", encoder);
    request
        .putObject("at")
        .put("timestep", schedule.timestep(t))
        .put("sqrt_recip_abar", schedule.sqrtRecipAlphaCumprod(t))
        .put("sqrt_recip_abar_minus_1", schedule.sqrtRecipm1AlphaCumprod(t))
        .put("log_beta", Math.log(schedule.beta(t)))
        .put("log_posterior", schedule.posteriorLogVarianceClipped(t))
        .put("coef_x0", schedule.posteriorMeanCoef1(t))
        .put("coef_xt", schedule.posteriorMeanCoef2(t))
        .put("tilt", BETA);
    return new Way(words, request);
  }

  @Override
  public Map<String, Tensor> example() {
    ScoreGradient.Result result =
        sampler
            .gradient()
            .of(
                new ScoreGradient.Point(pipeline.prior(), pipeline.score(), objective, x, t),
                BETA,
                draws -> {
                  throw new IllegalStateException("a gradient through the prior draws nothing");
                });
    try (Trajectory after = sampler.advance(start())) {
      return Map.of(
          "x", x,
          "noise", noise(taken + 1),
          "x0_hat", result.natural().x0Hat(),
          "score", result.scores(),
          "gradient", result.gradient(),
          "after", after.x().clone());
    }
  }

  @Override
  public double seconds(int iterations) {
    long nanos = 0;
    for (int i = 0; i < iterations; i++) {
      Trajectory now = start();
      long begin = System.nanoTime();
      Trajectory after = sampler.advance(now);
      nanos += System.nanoTime() - begin;
      after.close();
    }
    return nanos / 1e9;
  }

  private Trajectory start() {
    return new Trajectory(
        SEED,
        samples,
        taken,
        Scope.keepForever(Scope.of(x::clone)),
        Collections.nCopies(samples.size(), 0.0),
        Collections.nCopies(samples.size(), Double.NaN));
  }

  /** One row per sample, of the numbers that the sampler draws itself. */
  private Tensor noise(int draw) {
    long[] image = pipeline.prior().imageShape();
    return Tensors.stack(samples.stream().map(i -> Noise.normal(SEED, i, draw, image)).toList());
  }

  @Override
  public void close() {
    Scope.release(x);
  }
}
