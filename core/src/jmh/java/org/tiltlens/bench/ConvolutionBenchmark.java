package org.tiltlens.bench;

import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * A 3 x 3 convolution of 128 to 128 channels on 16 x 16 pixels, one image, one thread: as the
 * engine would have it, and as {@link Layers} does it.
 *
 * <p>They differ with {@code ONEDNN_MAX_CPU_ISA=SSE41} in the environment.
 */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 5, time = 1)
public class ConvolutionBenchmark {
  private Tensor image;
  private Tensor weight;

  @Setup(Level.Trial)
  public void open() {
    image = Scope.keepForever(Noise.normal(1, 0, 0, 1, 128, 16, 16));
    weight = Scope.keepForever(Noise.normal(2, 0, 0, 128, 128, 3, 3));
  }

  @Benchmark
  public void engines() {
    try (Scope scope = Scope.open()) {
      long[] one = {1, 1};
      torch.conv2d(image, weight, new TensorOptional(), one, one, one, 1);
    }
  }

  @Benchmark
  public void ours() {
    try (Scope scope = Scope.open()) {
      Layers.conv2d(image, weight, null, 1, 1);
    }
  }

  @TearDown(Level.Trial)
  public void close() {
    Scope.release(image);
    Scope.release(weight);
  }
}
