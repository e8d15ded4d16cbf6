package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.assertClose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

class SaeLensFormatTest {
  @TempDir Path folder;

  private static FormatSample sample(String name) {
    return FormatSample.all().stream()
        .filter(sample -> sample.name().equals("SAELens " + name))
        .findFirst()
        .orElseThrow();
  }

  private static FormatSample standard(String settings) {
    return sample("standard").with(Map.of("cfg.json", "{" + settings + "}"));
  }

  private SparseDictionary open(FormatSample sample) {
    sample.write(folder);
    return SparseDictionary.open(folder, Device.CPU);
  }

  private void assertRefused(FormatSample sample, String message) {
    assertThatThrownBy(() -> open(sample).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
    assertThat(SparseDictionary.describe(folder))
        .hasValueSatisfying(
            line ->
                assertThat(line)
                    .startsWith("a sparse dictionary that cannot be used: ")
                    .contains(message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'architecture': 'gated' | architecture is 'gated', expected standard, topk, batchtopk,"
            + " matryoshka_batchtopk, jumprelu, transcoder, skip_transcoder, jumprelu_transcoder or"
            + " jumprelu_skip_transcoder: a gated encoder",
        "'architecture': 'temporal' | architecture is 'temporal', expected standard",
        "'architecture': 'topk' | k is missing, expected a whole number",
        "'architecture': 'topk', 'k': 2.5 | k is 2.5, expected a whole number",
        "'architecture': 'topk', 'k': 0 | top_k is 0, expected at least 1",
        "'architecture': 'topk', 'k': 8 | top_k is 8, but there are 7 features",
        "'architecture': 'jumprelu' | holds no threshold, which jumprelu needs",
        "'activation_fn_str': 'tanh-relu' | activation_fn_str is 'tanh-relu', expected relu or"
            + " topk",
        "'normalize_activations': 'constant_norm_rescale' | is 'constant_norm_rescale', expected"
            + " none, layer_norm or expected_average_only_in; others scale each position by its own"
            + " norm",
        "'normalize_activations': 'layer_norm', 'architecture': 'transcoder' |"
            + " normalize_activations is 'layer_norm', expected none for a transcoder",
        "'normalize_activations': true | put activation_scaler.json, {\"scaling_factor\": ...},"
            + " beside",
        "'reshape_activations': 'hook_z' | reshape_activations is 'hook_z', expected none: the"
            + " outputs",
        "'d_in': 6 | W_enc is [5, 7], but the settings ask for [6, 7]",
        "'d_sae': 8 | W_enc is [5, 7], but the settings ask for [5, 8]",
        "'d_in': '5' | d_in is \"5\", expected a whole number",
        "'apply_b_dec_to_input': 1 | apply_b_dec_to_input is 1, expected true or false",
      })
  void whatCannotBeReadIsNamed(String settings, String message) {
    assertRefused(standard(settings), message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{'scaling_factor': null} | scaling_factor is null, expected a number",
        "{'scaling_factor': 0} | scaling_factor is 0, expected a positive finite number",
        "{'scaling_factor': -1} | scaling_factor is -1, expected a positive finite number",
        "[] | activation_scaler.json is not a JSON object"
      })
  void scalesThatAreNoneAreNamed(String scaler, String message) {
    assertRefused(
        sample("normalised")
            .with(
                Map.of(
                    "cfg.json",
                    "{'normalize_activations': 'expected_average_only_in'}",
                    "activation_scaler.json",
                    scaler)),
        message);
  }

  @Test
  void missingAndUnknownTensorsAreNamed() {
    assertRefused(sample("standard").without("b_enc"), "holds no b_enc, only W_enc, W_dec, b_dec");
    assertRefused(sample("standard").without("W_enc"), "there is no tensor 'W_enc'");
    assertRefused(
        sample("standard").with("W_skip", new FormatSample.Numbers(new double[25], 5L, 5L)),
        "holds W_skip, whose part in a dictionary is not known here");
    assertRefused(
        standard("'architecture': 'standard'")
            .with("threshold", new FormatSample.Numbers(new double[7], 7L)),
        "holds threshold, but its architecture has none");
    assertRefused(
        sample("jumprelu").with("threshold", new FormatSample.Numbers(new double[6], 6L)),
        "threshold is [6], but the settings ask for [7]");
    assertRefused(
        sample("standard").with("b_dec", new FormatSample.Numbers(new double[6], 6L)),
        "b_dec is [6], but the settings ask for [5]");
    assertRefused(
        sample("standard").with("W_enc", new FormatSample.Numbers(new double[5], 5L)),
        "W_enc is [5], expected [d_in, d_sae]");
  }

  @Test
  void settingsMustBeThere() throws IOException {
    sample("standard").write(folder);
    Files.delete(folder.resolve("cfg.json"));
    assertThatThrownBy(() -> SparseDictionary.open(folder, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("cfg.json is missing: a SAELens dictionary needs it");
  }

  @Test
  void singleHeadsAreRefused() {
    assertRefused(
        standard("'hook_head_index': 3"),
        "hook_head_index is 3, expected null: a single attention");
    assertRefused(
        standard("'metadata': {'hook_head_index': 3}"), "hook_head_index is 3, expected null");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'metadata': {'hook_name': 'blocks.11.hook_resid_post'}",
        "'meta': {'hook_name': 'blocks.11.hook_resid_post'}",
        "'hook_name': 'blocks.11.hook_resid_post'",
        "'hook_point': 'blocks.11.hook_resid_post', 'hook_head_index': null",
      })
  void hookPointsOfEveryVersionAreFound(String settings) {
    try (SparseDictionary d = open(standard(settings))) {
      assertThat(d.hookPoint()).hasToString("blocks.11.hook_resid_post");
      assertThat(d.describe())
          .isEqualTo(
              "autoencoder (SAELens), 7 features over 5 channels, 1x1 filters, relu,"
                  + " blocks.11.hook_resid_post -> blocks.11.hook_resid_post");
    }
  }

  @Test
  void hookPointsWithAnotherNameHereMustBeGiven() {
    try (SparseDictionary d = open(standard("'hook_name': 'blocks.3.attn.hook_q'"))) {
      assertThatThrownBy(d::hookPoint)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("give `hook`")
          .hasMessageContaining("'blocks.3.attn.hook_q'");
    }
    try (SparseDictionary d = open(standard("'d_in': 5"))) {
      assertThatThrownBy(d::hookPoint)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("do not say where it reads: give `hook`");
    }
  }

  @Test
  void transcodersAreNotCentredAndPredictAnotherPlace() {
    String hooks =
        "'metadata': {'hook_name': 'blocks.1.hook_resid_mid', 'hook_name_out':"
            + " 'blocks.1.hook_mlp_out'}";
    try (Scope scope = Scope.open();
        SparseDictionary d = open(standard("'architecture': 'transcoder', " + hooks))) {
      assertThat(d.describe())
          .startsWith("transcoder (SAELens)")
          .endsWith("blocks.1.hook_resid_mid -> blocks.1.hook_mlp_out");
      var a = Noise.normal(3, 0, 0, 1, 5, 2, 2);
      Path other = folder.resolve("uncentred");
      sample("uncentred").write(other);
      try (SparseDictionary uncentred = SparseDictionary.open(other, Device.CPU)) {
        assertClose(d.encode(a), uncentred.encode(a), 0, "codes");
      }
    }
    assertRefused(
        standard("'architecture': 'transcoder', 'normalize_activations': true"),
        "normalize_activations is true, expected none for a transcoder");
  }

  @Test
  void batchTopKWithoutItsThresholdSharesABudget() {
    try (SparseDictionary d = open(standard("'architecture': 'batchtopk', 'k': 2.0"))) {
      assertThat(d.config().activation()).isEqualTo(DictionaryConfig.Activation.BATCHTOPK);
      assertThat(d.config().topK()).isEqualTo(2);
    }
  }

  /** A feature whose decoder row is 0 competes with 0, and decodes to nothing. */
  @Test
  void decoderRowsOfNormZeroAreNoDivisionByZero() {
    FormatSample rescaled = sample("topk rescaled");
    double[] decoder = rescaled.stored().get("W_dec").values().clone();
    Arrays.fill(decoder, 0, 5, 0);
    try (Scope scope = Scope.open();
        SparseDictionary d =
            open(rescaled.with("W_dec", new FormatSample.Numbers(decoder, 7L, 5L)))) {
      var codes = d.encode(Noise.normal(3, 0, 0, 1, 5, 2, 2));
      assertThat(codes.select(1, 0).sum().item_double()).isZero();
      assertThat(Double.isFinite(d.decode(codes).sum().item_double())).isTrue();
    }
  }
}
