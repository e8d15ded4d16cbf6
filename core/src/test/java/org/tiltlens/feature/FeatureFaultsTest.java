package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiltlens.feature.DictionaryConfig.Activation;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Dictionaries whose feature 1 of 3 has weights that are not finite. */
class FeatureFaultsTest {
  private static final String HOOK = "stages.0.0.hook_resid_pre";

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** Each feature reads a channel of its own. */
  private static MemoryStore sound() {
    return new MemoryStore()
        .put("W_E", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3L, 3L)
        .put("b_E", new float[] {0, 0, 0}, 3L)
        .put("W_D", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3L, 3L)
        .put("b_D", new float[] {0, 0, 0}, 3L)
        .put("threshold", new float[] {0.5f, 0.5f, 0.5f}, 3L);
  }

  private static MemoryStore with(String tensor, float number) {
    MemoryStore store = sound();
    return switch (tensor) {
      case "W_E", "W_D" -> store.put(tensor, new float[] {1, 0, 0, 0, number, 0, 0, 0, 1}, 3L, 3L);
      case "b_E" -> store.put(tensor, new float[] {0, number, 0}, 3L);
      default -> store.put(tensor, new float[] {0.5f, number, 0.5f}, 3L);
    };
  }

  private static SparseDictionary dictionary(MemoryStore store, Activation activation) {
    return SparseDictionary.open(
        store,
        new DictionaryConfig(
            DictionaryConfig.Type.SAE,
            3,
            activation,
            2,
            OptionalDouble.empty(),
            HOOK,
            HOOK,
            false,
            activation == Activation.JUMPRELU,
            true,
            1,
            0),
        Device.CPU);
  }

  /** One position with three channels. */
  private static Tensor position(float... values) {
    return Tensors.floats(values, 1, 3, 1, 1);
  }

  @ParameterizedTest
  @CsvSource({
    "threshold, NaN,       its threshold is NaN",
    "W_E,       NaN,       its row of the encoder is not finite",
    "W_E,       -Infinity, its row of the encoder is not finite",
    "b_E,       Infinity,  its bias of the encoder is not finite",
    "W_D,       NaN,       its row of the decoder is not finite"
  })
  void aFeatureThatCannotBeUsedIsNotANumberAndSaysWhy(String tensor, float number, String said) {
    try (SparseDictionary d = dictionary(with(tensor, number), Activation.JUMPRELU)) {
      Tensor a = position(3, 2, 0.1f);
      assertThat(d.fault(1)).hasValueSatisfying(why -> assertThat(why).startsWith(said));
      assertThat(d.fault(0)).isEmpty();
      assertThat(Tensors.toFloats(d.preActivation(a, 1))).containsExactly(Float.NaN);
      assertThat(Tensors.toFloats(d.activation(a, 1))).containsExactly(Float.NaN);
      assertThat(Tensors.toFloats(d.activation(a, 0))).containsExactly(3);
      assertThat(Tensors.toFloats(d.preActivations(a))[1]).isNaN();
      assertThat(Tensors.toFloats(d.encode(a))).containsExactly(3, Float.NaN, 0);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"TOPK", "BATCHTOPK"})
  void aFeatureThatCannotBeUsedTakesNoPlaceOfOthers(Activation activation) {
    for (float number : new float[] {Float.NaN, Float.POSITIVE_INFINITY}) {
      try (SparseDictionary d = dictionary(with("b_E", number), activation)) {
        Tensor a = position(3, 2, 0.1f);
        assertThat(Tensors.toFloats(d.activation(a, 1))).containsExactly(Float.NaN);
        assertThat(Tensors.toFloats(d.encode(a))).containsExactly(3, Float.NaN, 0.1f);
        assertThat(Tensors.toFloats(d.activation(a, 2))).containsExactly(0.1f);
      }
    }
  }

  @Test
  void anInfiniteThresholdIsNeverReached() {
    MemoryStore store = with("threshold", Float.POSITIVE_INFINITY);
    try (SparseDictionary d = dictionary(store, Activation.JUMPRELU)) {
      assertThat(Tensors.toFloats(d.activation(position(3, 2, 1), 1))).containsExactly(0);
      assertThat(Tensors.toFloats(d.encode(position(3, 2, 1)))).containsExactly(3, 0, 1);
    }
  }
}
