package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.assertClose;

import java.util.List;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.golden.MemoryStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

@Tag("rounding")
class SparseDictionaryTest {
  private static final String IN = "stages.0.0.hook_resid_pre";
  private static final String OUT = "stages.0.0.hook_block_out";

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  private static DictionaryConfig config(
      DictionaryConfig.Type type,
      int channels,
      DictionaryConfig.Activation activation,
      int topK,
      boolean norms,
      boolean gates) {
    int kernel = type == DictionaryConfig.Type.SAE ? 1 : 3;
    return new DictionaryConfig(
        type,
        channels,
        activation,
        topK,
        OptionalDouble.of(2),
        IN,
        OUT,
        norms,
        gates,
        true,
        kernel,
        (kernel - 1) / 2);
  }

  /** An autoencoder whose three features read one channel each; decoder norms 1, 2 and 4. */
  private static MemoryStore identity() {
    return new MemoryStore()
        .put("W_E", new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3L, 3L)
        .put("b_E", new float[] {0, 0, 0}, 3L)
        .put("W_D", new float[] {1, 0, 0, 0, 2, 0, 0, 0, 4}, 3L, 3L)
        .put("b_D", new float[] {0.5f, 0, 0}, 3L);
  }

  private static SparseDictionary identity(
      DictionaryConfig.Activation activation, int topK, boolean gates) {
    return SparseDictionary.open(
        identity(),
        config(DictionaryConfig.Type.SAE, 3, activation, topK, false, gates),
        Device.CPU);
  }

  /** Two positions with three channels each. */
  private static Tensor positions(float... values) {
    return Tensors.floats(values, 1, 2, 3).permute(0, 2, 1).unsqueeze(2);
  }

  private static float[] values(Tensor maps) {
    return Tensors.toFloats(maps.squeeze(2).permute(0, 2, 1));
  }

  @Test
  void reluKeepsWhatIsPositive() {
    try (SparseDictionary d = identity(DictionaryConfig.Activation.RELU, 1, true)) {
      assertThat(values(d.encode(positions(1, -2, 3, -4, 5, 0)))).containsExactly(1, 0, 3, 0, 5, 0);
    }
  }

  @Test
  void topKKeepsTheLargestAtEachPosition() {
    try (SparseDictionary d = identity(DictionaryConfig.Activation.TOPK, 1, false)) {
      assertThat(values(d.encode(positions(3, 2, 1, -1, -2, -3))))
          .containsExactly(3, 0, 0, 0, 0, 0);
    }
  }

  @Test
  void decoderNormsDecideWhoStaysButNotHowStrongly() {
    try (SparseDictionary d = identity(DictionaryConfig.Activation.TOPK, 1, true)) {
      // Weighted: 3 4 4.8 and 5 2 4.
      assertThat(values(d.encode(positions(3, 2, 1.2f, 5, 1, 1))))
          .containsExactly(0, 0, 1.2f, 5, 0, 0);
    }
  }

  @Test
  void batchTopKSharesItsBudgetAmongThePositionsOfOneImage() {
    try (SparseDictionary d = identity(DictionaryConfig.Activation.BATCHTOPK, 1, false)) {
      assertThat(values(d.encode(positions(3, 2, 1, 1, 1, 1)))).containsExactly(3, 2, 0, 0, 0, 0);
    }
  }

  @Test
  void jumpReluKeepsWhatIsAboveItsThreshold() {
    // Without a threshold tensor: 2, from the configuration.
    try (SparseDictionary d = identity(DictionaryConfig.Activation.JUMPRELU, 1, false)) {
      assertThat(values(d.encode(positions(3, 2, 2.5f, 1, 9, -5))))
          .containsExactly(3, 0, 2.5f, 0, 9, 0);
    }
    try (SparseDictionary d = identity(DictionaryConfig.Activation.JUMPRELU, 1, true)) {
      // Weighted: 3 4 2.4 and 1 1.8 -20.
      assertThat(values(d.encode(positions(3, 2, 0.6f, 1, 0.9f, -5))))
          .containsExactly(3, 2, 0.6f, 0, 0, 0);
    }
  }

  @Test
  void thresholdsAreReadAsStored() {
    float[] logs = {(float) Math.log(1), (float) Math.log(2), (float) Math.log(4)};
    for (String name :
        List.of("log_jumprelu_threshold", "activation_function.log_jumprelu_threshold")) {
      assertThresholds(identity().put(name, logs, 3L));
    }
    assertThresholds(identity().put("threshold", new float[] {1, 2, 4}, 3L));
  }

  private static void assertThresholds(MemoryStore store) {
    DictionaryConfig config =
        config(DictionaryConfig.Type.SAE, 3, DictionaryConfig.Activation.JUMPRELU, 1, false, false);
    try (SparseDictionary d = SparseDictionary.open(store, config, Device.CPU)) {
      Tensor a = positions(1.5f, 1.5f, 5, 0.5f, 2.5f, 3);
      assertThat(values(d.encode(a))).containsExactly(1.5f, 0, 5, 0, 2.5f, 0);
      assertThat(Tensors.toFloats(d.activation(a, 1))).containsExactly(0, 2.5f);
    }
  }

  @Test
  void decodingAddsTheBias() {
    try (SparseDictionary d = identity(DictionaryConfig.Activation.RELU, 1, true)) {
      assertThat(values(d.decode(positions(1, 1, 1, 2, 0, 0))))
          .containsExactly(1.5f, 2, 4, 2.5f, 0, 0);
    }
  }

  /** A random transcoder of 5 features over 4 channels, with dataset norms. */
  private static MemoryStore random(String prefix) {
    MemoryStore store = new MemoryStore();
    store.putRandom(prefix + "W_conv", "W_conv", List.of(5L, 4L, 3L, 3L));
    store.putRandom(prefix + "b_conv", "b_conv", List.of(5L));
    store.putRandom(prefix + "W_D", "W_D", List.of(5L, 4L));
    store.putRandom(prefix + "b_D", "b_D", List.of(4L));
    store.putRandom(prefix + "layer_norm_weight", "unused", List.of(4L));
    store.put(prefix + "dataset_average_activation_norm." + IN, new float[] {8});
    store.put(prefix + "dataset_average_activation_norm." + OUT, new float[] {1});
    return store;
  }

  private static DictionaryConfig random(DictionaryConfig.Activation activation) {
    return config(DictionaryConfig.Type.CNNSAE, 4, activation, 2, true, true);
  }

  private static Tensor activations() {
    return Noise.normal(5, 0, 0, 2, 4, 6, 7);
  }

  @ParameterizedTest
  @EnumSource(DictionaryConfig.Activation.class)
  void oneFeatureAloneEqualsThatFeatureAmongAll(DictionaryConfig.Activation activation) {
    try (SparseDictionary d = SparseDictionary.open(random(""), random(activation), Device.CPU)) {
      Tensor pre = d.preActivations(activations());
      Tensor codes = d.encode(activations());
      for (int feature = 0; feature < d.features(); feature++) {
        assertClose(d.preActivation(activations(), feature), pre.select(1, feature), 1e-6, "pre");
        assertClose(
            d.activation(activations(), feature), codes.select(1, feature), 1e-6, "activation");
      }
    }
  }

  @ParameterizedTest
  @EnumSource(DictionaryConfig.Activation.class)
  void imagesDoNotSeeEachOther(DictionaryConfig.Activation activation) {
    try (SparseDictionary d = SparseDictionary.open(random(""), random(activation), Device.CPU)) {
      Tensor together = d.encode(activations());
      for (int n = 0; n < 2; n++) {
        Tensor alone = d.encode(activations().narrow(0, n, 1));
        assertClose(together.narrow(0, n, 1), alone, 1e-6, "image " + n);
      }
    }
  }

  @Test
  void oneFeatureReadsOneFilterOnce() {
    MemoryStore store = random("");
    try (SparseDictionary d =
        SparseDictionary.open(store, random(DictionaryConfig.Activation.TOPK), Device.CPU)) {
      d.preActivation(activations(), 3);
      d.preActivation(activations(), 3);
      assertThat(store.read()).containsOnlyOnce("W_conv[3..3]");
      assertThat(store.read()).noneMatch(name -> name.equals("W_conv") || name.contains("0..4"));
    }
    assertThat(store.isClosed()).isTrue();
  }

  @Test
  void foldedNormsEqualNormalisingInAndOut() {
    try (SparseDictionary folded =
            SparseDictionary.open(
                random(""), random(DictionaryConfig.Activation.TOPK), Device.CPU);
        SparseDictionary plain =
            SparseDictionary.open(
                random(""),
                config(
                    DictionaryConfig.Type.CNNSAE,
                    4,
                    DictionaryConfig.Activation.TOPK,
                    2,
                    false,
                    true),
                Device.CPU)) {
      double normIn = Math.sqrt(4) / 8;
      double normOut = Math.sqrt(4) / 1;
      Tensor normalised = Tensors.scale(activations(), normIn);
      Tensor expected = Tensors.scale(plain.decode(plain.encode(normalised)), 1 / normOut);
      assertClose(folded.decode(folded.encode(activations())), expected, 1e-5, "prediction");
    }
  }

  @Test
  void namesMayHaveAPrefix() {
    DictionaryConfig config = random(DictionaryConfig.Activation.TOPK);
    try (SparseDictionary bare = SparseDictionary.open(random(""), config, Device.CPU);
        SparseDictionary prefixed = SparseDictionary.open(random("sae."), config, Device.CPU)) {
      assertClose(prefixed.encode(activations()), bare.encode(activations()), 0, "codes");
    }
  }

  @Test
  void gradientsFlowToTheActivationsOfActiveFeatures() {
    try (SparseDictionary d = identity(DictionaryConfig.Activation.TOPK, 1, true)) {
      Tensor a = Autograd.leaf(positions(3, 2, 1.2f, 5, 1, 1));
      Tensor gradient = Autograd.gradient(d.encode(a).sum(), a);
      assertThat(values(gradient)).containsExactly(0, 0, 1, 1, 0, 0);
    }
  }

  @Test
  void missingFeaturesAndOtherShapesAreNamed() {
    try (SparseDictionary d = identity(DictionaryConfig.Activation.RELU, 1, true)) {
      assertThatThrownBy(() -> d.preActivation(positions(0, 0, 0, 0, 0, 0), 99999))
          .hasMessage("feature 99999 does not exist: the dictionary has features 0..2");
      assertThatThrownBy(() -> d.activation(positions(0, 0, 0, 0, 0, 0), -1))
          .hasMessageContaining("feature -1 does not exist");
      assertThatThrownBy(() -> d.encode(Tensors.zeros(1, 5, 2, 2)))
          .hasMessageContaining("1x5x2x2")
          .hasMessageContaining("Nx3xhxw");
    }
  }

  @Test
  void filesThatDoNotFitAreNamedAndClosed() {
    assertRefused(identity().put("W_E", new float[6], 3L, 2L), "W_E is [3, 2]");
    assertRefused(identity().put("other.W_D", new float[9], 3L, 3L), "several prefixes");
    assertRefused(new MemoryStore(), "no tensor 'W_D'");
    assertRefused(identity().put("W_D", new float[] {1}), "W_D is []");
    assertRefused(identity().put("W_D", new float[0], 0L, 3L), "W_D is [0, 3]");
  }

  private static void assertRefused(MemoryStore store, String message) {
    DictionaryConfig config =
        config(DictionaryConfig.Type.SAE, 3, DictionaryConfig.Activation.RELU, 1, false, true);
    assertThatThrownBy(() -> SparseDictionary.open(store, config, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
    assertThat(store.isClosed()).isTrue();
  }

  @Test
  void uselessNormsAreRefused() {
    for (float norm : new float[] {0, -1, Float.NaN, Float.POSITIVE_INFINITY}) {
      MemoryStore store =
          random("").put("dataset_average_activation_norm." + IN, new float[] {norm});
      assertThatThrownBy(
              () ->
                  SparseDictionary.open(
                      store, random(DictionaryConfig.Activation.RELU), Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("positive finite");
    }
  }

  @Test
  void moreActiveFeaturesThanThereAreAreRefused() {
    assertThatThrownBy(() -> identity(DictionaryConfig.Activation.TOPK, 4, true))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("top_k is 4, but there are 3 features");
  }

  @Test
  void describesItself() {
    try (SparseDictionary d =
        SparseDictionary.open(random(""), random(DictionaryConfig.Activation.TOPK), Device.CPU)) {
      assertThat(d)
          .hasToString(
              "transcoder (cnnsae), 5 features over 4 channels, 3x3 filters, topk 2, "
                  + IN
                  + " -> "
                  + OUT);
      assertThat(d.hookPoint()).hasToString(IN);
    }
  }
}
