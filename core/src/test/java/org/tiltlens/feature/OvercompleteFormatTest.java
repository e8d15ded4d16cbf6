package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.golden.Goldens.assertClose;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.feature.FormatSample.Numbers;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class OvercompleteFormatTest {
  @TempDir Path folder;

  private static FormatSample sample(String name) {
    return FormatSample.all().stream()
        .filter(sample -> sample.name().equals("overcomplete " + name))
        .findFirst()
        .orElseThrow();
  }

  private static FormatSample plain(String settings) {
    return sample("relu").with(Map.of("config.json", "{" + settings + "}"));
  }

  private SparseDictionary open(FormatSample sample) {
    sample.write(folder);
    return SparseDictionary.open(folder, Device.CPU);
  }

  private void assertRefused(FormatSample sample, String message) {
    Path weights = sample.write(folder);
    assertThatThrownBy(() -> SparseDictionary.open(weights, Device.CPU).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
    assertThat(SparseDictionary.describe(weights))
        .hasValueSatisfying(
            line -> assertThat(line).contains("that cannot be used").contains(message));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'top_k': 3 | architecture is missing, expected a text",
        "'architecture': 'mp' | architecture is 'mp', expected one of [relu, topk, batchtopk,"
            + " jumprelu]",
        "'architecture': 'topk' | top_k is missing, expected a whole number",
        "'architecture': 'topk', 'top_k': 8 | top_k is 8, but there are 7 features",
        "'architecture': 'topk', 'top_k': 0 | top_k is 0, expected at least 1",
        "'architecture': 'jumprelu' | holds no thresholds, only encoder.final_block.0.weight",
        "'architecture': 'batchtopk' | running_threshold is missing, expected a number: batchtopk"
            + " keeps what reaches it, and state_dict() leaves it out",
        "'architecture': 'batchtopk', 'running_threshold': 'x' | running_threshold is \"x\","
            + " expected a",
        "'architecture': 'relu', 'dictionary_normalization': 'max_l2' | dictionary_normalization is"
            + " 'max_l2', expected one of [l2, l1, identity]",
      })
  void whatIsMissingIsNamed(String settings, String message) {
    assertRefused(plain(settings), message);
  }

  @Test
  void settingsMustBeThere() throws IOException {
    sample("topk").write(folder);
    Files.delete(folder.resolve("config.json"));
    assertThatThrownBy(() -> SparseDictionary.open(folder, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("config.json is missing: a state_dict() of overcomplete does not say")
        .hasMessageContaining("{\"architecture\": \"topk\", \"top_k\": 32, \"hook_point_in\": ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "encoder.mlp_blocks.0.0.weight | an encoder of several layers is no filter",
        "encoder.attention_blocks.0.norm1.weight | an encoder with attention is no filter",
        "encoder.resnet_blocks.0.conv1.weight | a residual encoder is no filter",
        "dictionary.Relax | write model.eval(), model.get_dictionary() as dictionary._weights",
        "encoder.final_block.1.weight | without running_mean: a layer norm over all features",
        "encoder.gate | holds encoder.gate, whose part in a dictionary is not known here",
      })
  void otherEncodersAreNamed(String tensor, String message) {
    assertRefused(sample("relu").with(tensor, new Numbers(new double[7], 7L)), message);
  }

  @Test
  void tensorsThatDoNotFitAreNamed() {
    assertRefused(
        sample("relu").without("dictionary._weights"),
        "holds no dictionary._weights, only encoder");
    assertRefused(
        sample("relu").without("encoder.final_block.0.weight"),
        "there is no tensor 'encoder.final_block.0.weight'");
    assertRefused(
        sample("relu").with("dictionary._weights", new Numbers(new double[28], 7L, 4L)),
        "dictionary._weights is [7, 4], but the settings ask for [7, 5]");
    assertRefused(
        sample("topk").without("encoder.final_block.1.running_var"),
        "holds no encoder.final_block.1.running_var");
    assertRefused(
        sample("topk").with("encoder.final_block.1.bias", new Numbers(new double[6], 6L)),
        "encoder.final_block.1.bias is [6]");
    assertRefused(
        sample("relu").with("thresholds", new Numbers(new double[7], 7L)),
        "architecture is 'relu', expected jumprelu: the file holds thresholds");
  }

  @Test
  void namesMayHaveAPrefixAndABiasIsNotNeeded() {
    FormatSample plain = sample("relu").without("encoder.final_block.0.bias");
    Map<String, Numbers> prefixed = new LinkedHashMap<>();
    plain.stored().forEach((name, numbers) -> prefixed.put("_orig_mod." + name, numbers));
    FormatSample compiled =
        new FormatSample(
            "compiled",
            "sae.safetensors",
            prefixed,
            plain.settings(),
            plain.pre(),
            plain.active(),
            plain.decode());
    try (Scope scope = Scope.open();
        SparseDictionary d = open(compiled)) {
      Tensor pre = d.preActivations(Tensors.zeros(1, 5, 1, 1));
      assertThat(Tensors.toFloats(pre)).containsOnly(0);
    }
  }

  @Test
  void rowsAreNormalisedAsTheSettingsSay() {
    Tensor ones = Tensors.floats(new float[] {1, 0, 0, 0, 0, 0, 0}, 1, 7, 1, 1);
    double[] row = new double[5];
    System.arraycopy(sample("relu").stored().get("dictionary._weights").values(), 0, row, 0, 5);
    double absolute = 0;
    for (double x : row) {
      absolute += Math.abs(x);
    }
    for (String how : new String[] {"l1", "identity"}) {
      double size = how.equals("l1") ? absolute : 1;
      try (Scope scope = Scope.open();
          SparseDictionary d =
              open(plain("'architecture': 'relu', 'dictionary_normalization': '" + how + "'"))) {
        Tensor expected = Tensors.scale(Tensors.doubles(row, 1, 5, 1, 1), 1 / size);
        assertClose(d.decode(ones), expected, 1e-6, how);
      }
    }
  }

  @Test
  void aRunningThresholdInTheFileComesBeforeTheSettings() {
    FormatSample inFile =
        sample("batchtopk")
            .with(Map.of("config.json", "{'architecture': 'batchtopk'}"))
            .with("running_threshold", new Numbers(new double[] {0.25}));
    try (Scope scope = Scope.open();
        SparseDictionary fromFile = open(inFile)) {
      Tensor a = Noise.normal(3, 0, 0, 1, 5, 2, 2);
      Path settings = folder.resolve("settings");
      sample("batchtopk").write(settings);
      try (SparseDictionary fromSettings = SparseDictionary.open(settings, Device.CPU)) {
        assertClose(fromFile.encode(a), fromSettings.encode(a), 0, "codes");
      }
    }
  }

  @Test
  void hookPointsMayBeLeftToTheUser() {
    try (SparseDictionary d = open(plain("'architecture': 'relu'"))) {
      assertThat(d.describe())
          .isEqualTo(
              "autoencoder (overcomplete), 7 features over 5 channels, 1x1 filters, relu,"
                  + " unstated -> unstated");
      assertThatThrownBy(d::hookPoint).hasMessageContaining("give `hook`");
    }
  }

  @Test
  void wholePickledModelsAreToldFromStateDicts() throws IOException {
    Path file = folder.resolve("sae.pth");
    String pickle = "\u0080\u0002covercomplete.sae.topk_sae\nTopKSAE\n)\u0081}b.";
    Files.write(file, pickle.getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> SparseDictionary.open(file, Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("a pickled 'overcomplete.sae.topk_sae.TopKSAE'")
        .hasMessageContaining("save its state_dict()");
  }

  @Test
  void filesOfNoKnownFormatAreNamed() {
    FormatSample other =
        new FormatSample(
            "other",
            "sae.pt",
            Map.of("encoder.weight", new Numbers(new double[4], 2L, 2L)),
            Map.of("config.json", "{}"),
            null,
            null,
            null);
    assertThatThrownBy(() -> open(other))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("is no sparse dictionary of a known format")
        .hasMessageContaining("Language-Model-SAEs (W_D, config.json with sae_type)")
        .hasMessageContaining("SAELens (W_enc, cfg.json)")
        .hasMessageContaining("overcomplete (dictionary._weights, encoder.final_block.0.weight)")
        .hasMessageEndingWith("it holds encoder.weight");
    assertThat(SparseDictionary.describe(folder)).isEmpty();
  }
}
