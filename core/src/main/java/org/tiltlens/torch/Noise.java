package org.tiltlens.torch;

import org.bytedeco.pytorch.Generator;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Random numbers named by (seed, stream, draw), so that they never depend on who else draws.
 *
 * <p>The engine's own {@code manual_seed} is global state. Here each draw has its own generator,
 * seeded by a SplitMix64 hash of the three numbers: sample {@code i} of a run gets the same noise
 * at step {@code n} whatever the batch size, the thread, the device or the point at which a killed
 * run was resumed. Always drawn on the CPU, for the same reason.
 *
 * <p>All 64 bits of each number go into the hash. Of the hash the engine's generator, a 32-bit
 * Mersenne Twister (mt19937), takes the low 32 bits: two draws have the same numbers with
 * probability 2^-32, and among n draws there are about n^2 / 2^33 such pairs.
 */
public final class Noise {
  static {
    Engine.start();
  }

  private Noise() {}

  /**
   * Standard normal numbers.
   *
   * @param seed the run's seed, any number of 64 bits
   * @param stream the sample's index in the run
   * @param draw which draw of that sample; a sampler uses one per step
   * @return a float32 CPU tensor of the given shape
   */
  public static Tensor normal(long seed, long stream, long draw, long... shape) {
    return torch.randn(shape, new GeneratorOptional(generator(seed, stream, draw)), floatOptions());
  }

  /** Uniform numbers in [0, 1); arguments as for {@link #normal}. */
  public static Tensor uniform(long seed, long stream, long draw, long... shape) {
    return torch.rand(shape, new GeneratorOptional(generator(seed, stream, draw)), floatOptions());
  }

  /** The numbers 0 .. n - 1 in random order; other arguments as for {@link #normal}. */
  public static long[] permutation(long seed, long stream, long draw, long n) {
    try (Scope scope = Scope.open()) {
      GeneratorOptional generator = new GeneratorOptional(generator(seed, stream, draw));
      return Tensors.toLongs(torch.randperm(n, generator));
    }
  }

  private static TensorOptions floatOptions() {
    return new TensorOptions(torch.ScalarType.Float);
  }

  private static Generator generator(long seed, long stream, long draw) {
    return torch.make_generator_cpu(mix(mix(mix(seed) + stream) + draw));
  }

  /** SplitMix64 (Steele, Lea and Flood 2014): one step from state {@code z}. */
  private static long mix(long state) {
    long z = state + 0x9E3779B97F4A7C15L;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
