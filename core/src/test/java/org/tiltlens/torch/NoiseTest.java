package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.global.torch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NoiseTest {
  private static final long BIT_32 = 1L << 32;

  private static float[] normal(long seed, long stream, long draw) {
    try (Scope scope = Scope.open()) {
      return Tensors.toFloats(Noise.normal(seed, stream, draw, 8));
    }
  }

  private static long[] engine(long seed) {
    try (Scope scope = Scope.open()) {
      return Tensors.toLongs(
          torch.randperm(64, new GeneratorOptional(torch.make_generator_cpu(seed))));
    }
  }

  /** Why seeds are hashed before the engine has them. */
  @Test
  void theEngineKeepsTheLow32BitsOfASeed() {
    assertThat(engine(45 + BIT_32)).isEqualTo(engine(45));
    assertThat(engine(45 + BIT_32 / 2)).isNotEqualTo(engine(45));
  }

  @ParameterizedTest
  @ValueSource(longs = {BIT_32, BIT_32 << 15, Long.MIN_VALUE, 1})
  void everyBitOfASeedAStreamAndADrawCounts(long bit) {
    float[] noise = normal(45, 3, 7);
    assertThat(normal(45 ^ bit, 3, 7)).isNotEqualTo(noise);
    assertThat(normal(45, 3 ^ bit, 7)).isNotEqualTo(noise);
    assertThat(normal(45, 3, 7 ^ bit)).isNotEqualTo(noise);
    assertThat(normal(45, 3, 7)).isEqualTo(noise);
  }
}
