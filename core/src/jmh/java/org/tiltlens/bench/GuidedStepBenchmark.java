package org.tiltlens.bench;

import java.util.List;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.feature.Objective;
import org.tiltlens.fixture.RandomPipeline;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * One guided step and its parts: one image, one thread, random weights.
 *
 * <p>{@code step} should cost what {@code priorGradient} and {@code scoreGradient} cost together:
 * both include their backward pass to the image.
 */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 2)
@Measurement(iterations = 5, time = 3)
public class GuidedStepBenchmark {
  private static final int T = 50;

  @Param({"small", "medium"})
  private String size;

  private RandomPipeline pipeline;
  private GuidedSampler sampler;
  private Tensor image;
  private Tensor activations;

  @Setup(Level.Trial)
  public void open() {
    RandomPipeline.Size networks =
        size.equals("small") ? RandomPipeline.Size.SMALL : RandomPipeline.Size.MEDIUM;
    pipeline = RandomPipeline.open(networks, NoiseSchedule.linear(1000).respaced("100"));
    sampler = pipeline.sampler(new Guidance.Tilt(1, new Objective.Maximize(), Strength.FULL));
    try (Scope scope = Scope.open()) {
      image = Scope.keepForever(Noise.normal(1, 0, 0, 1, 3, networks.image(), networks.image()));
      activations = Scope.keepForever(pipeline.vision().activations(image, pipeline.hook()));
    }
  }

  @Benchmark
  public void visionForward() {
    try (Scope scope = Scope.open()) {
      pipeline.vision().activations(image, pipeline.hook());
    }
  }

  @Benchmark
  public void dictionaryFeatureForward() {
    try (Scope scope = Scope.open()) {
      pipeline.score().unit().map(activations);
    }
  }

  @Benchmark
  public void scoreGradient() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(image);
      Autograd.gradient(pipeline.score().of(x).sum(), x);
    }
  }

  @Benchmark
  public void priorForward() {
    try (Scope scope = Scope.open()) {
      pipeline.prior().predict(image, T);
    }
  }

  @Benchmark
  public void priorGradient() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(image);
      Autograd.gradient(pipeline.prior().predict(x, T).x0Hat().sum(), x);
    }
  }

  @Benchmark
  public void step() {
    sampler.advance(sampler.start(45, List.of(0))).close();
  }

  @TearDown(Level.Trial)
  public void close() {
    Scope.release(image);
    Scope.release(activations);
    pipeline.close();
  }
}
