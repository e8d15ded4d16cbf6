package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;

class DictionaryConfigTest {
  private static final String NEEDED =
      "'sae_type': 'cnnsae', 'd_model': 4, 'hook_point_in': 'stages.2.1.hook_resid_pre'";

  @TempDir Path folder;

  private DictionaryConfig read(String json) throws IOException {
    Path file = folder.resolve("config.json");
    Files.writeString(file, json.replace('\'', '"'));
    return DictionaryConfig.read(folder);
  }

  @Test
  void missingKeysTakeTheLibrarysDefaults() throws IOException {
    assertThat(read("{" + NEEDED + "}"))
        .isEqualTo(
            new DictionaryConfig(
                DictionaryConfig.Type.CNNSAE,
                4,
                DictionaryConfig.Activation.RELU,
                50,
                OptionalDouble.empty(),
                "stages.2.1.hook_resid_pre",
                "stages.2.1.hook_resid_pre",
                true,
                true,
                true,
                7,
                3));
  }

  @Test
  void plainAutoencodersHaveNoKernel() throws IOException {
    DictionaryConfig config =
        read("{'sae_type': 'sae', 'd_model': 4, 'hook_point_in': 'x', 'kernel_size': 7}");
    assertThat(config.kernelSize()).isEqualTo(1);
    assertThat(config.padding()).isZero();
  }

  @Test
  void inferenceModeFoldsNothing() throws IOException {
    assertThat(read("{" + NEEDED + ", 'norm_activation': 'inference'}").datasetNorms()).isFalse();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'sae_type': 'crosscoder' | sae_type is 'crosscoder', expected one of [cnnsae, sae]",
        "'use_glu_encoder': true | use_glu_encoder is true, expected false",
        "'apply_decoder_bias_to_pre_encoder': true | apply_decoder_bias_to_pre_encoder is true",
        "'norm_activation': 'token-wise' | norm_activation is 'token-wise', expected dataset-wise",
        "'act_fn': 'gelu' | act_fn is 'gelu', expected one of [relu, topk, batchtopk, jumprelu]",
        "'d_model': 0 | d_model is 0, expected at least 1",
        "'d_model': 3.5 | d_model is 3.5, expected a whole number",
        "'top_k': '8' | top_k is \"8\", expected a whole number",
        "'top_k': 0 | top_k is 0, expected at least 1",
        "'kernel_size': 1000000 | kernel_size is 1000000, expected 1..63",
        "'padding': 7 | padding is 7, expected 0..6",
        "'use_decoder_bias': 'yes' | use_decoder_bias is \"yes\", expected true or false",
        "'hook_point_out': 5 | hook_point_out is 5, expected a text",
      })
  void whatIsNotSupportedIsNamed(String entry, String message) {
    assertThatThrownBy(() -> read("{" + NEEDED + ", " + entry + "}"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("config.json: " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {"`` | not a JSON object", "[] | not a JSON object", "{'a | is not JSON"})
  void damagedFilesAreNamed(String json, String message) {
    assertThatThrownBy(() -> read(json))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
  }

  @Test
  void keysWithoutADefaultMustBeThere() {
    assertThatThrownBy(() -> read("{'sae_type': 'sae', 'hook_point_in': 'x'}"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("d_model is missing");
    assertThatThrownBy(() -> DictionaryConfig.read(folder.resolve("elsewhere")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("is missing");
  }
}
