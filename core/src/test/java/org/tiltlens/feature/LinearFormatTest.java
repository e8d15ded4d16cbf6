package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.feature.FormatSample.Numbers;
import org.tiltlens.torch.Device;

/** What the settings of ViT-Prisma, dictionary_learning and sparsify ask for and is not read. */
class LinearFormatTest {
  private static final String PRISMA = "'hook_point_layer': 3, 'layer_subtype': 'hook_resid_post'";

  @TempDir Path folder;

  private static Numbers zeros(Long... shape) {
    long count = 1;
    for (long size : shape) {
      count *= size;
    }
    return new Numbers(new double[Math.toIntExact(count)], shape);
  }

  private static FormatSample sample(String file, Map<String, Numbers> stored, String settings) {
    String name = file.startsWith("sae") ? "cfg.json" : "config.json";
    return new FormatSample(
        file, file, stored, Map.of(name, "{" + settings + "}"), null, null, null);
  }

  private static FormatSample prisma(String settings) {
    Map<String, Numbers> stored =
        Map.of(
            "W_enc", zeros(5L, 7L), "b_enc", zeros(7L), "W_dec", zeros(7L, 5L), "b_dec", zeros(5L));
    return sample("weights.pt", stored, settings);
  }

  private static FormatSample learnt(String settings) {
    Map<String, Numbers> stored =
        Map.of(
            "encoder.weight",
            zeros(7L, 5L),
            "encoder.bias",
            zeros(7L),
            "decoder.weight",
            zeros(5L, 7L),
            "b_dec",
            zeros(5L));
    return sample("ae.pt", stored, settings);
  }

  private static FormatSample sparsify(String settings) {
    Map<String, Numbers> stored =
        Map.of(
            "encoder.weight",
            zeros(7L, 5L),
            "encoder.bias",
            zeros(7L),
            "W_dec",
            zeros(7L, 5L),
            "b_dec",
            zeros(5L));
    return sample("sae.safetensors", stored, settings);
  }

  private void assertRefused(FormatSample sample, String message) {
    Path weights = sample.write(folder);
    assertThatThrownBy(() -> SparseDictionary.open(weights, Device.CPU).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message);
    assertThat(SparseDictionary.describe(weights))
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
        "'normalize_activations': 'constant_norm_rescale' | normalize_activations is"
            + " 'constant_norm_rescale', expected none or layer_norm: others scale each position by"
            + " its own norm; retrain with one of them",
        "'is_transcoder': true | normalize_activations is missing, expected none for a transcoder",
        "'architecture': 'gated' | architecture is 'gated', expected standard: a gated encoder has"
            + " two pre-activations per feature, not one; retrain as standard",
        "'architecture': 'jumprelu' | architecture is 'jumprelu', expected standard",
        "'hook_point_head_index': 2, 'normalize_activations': 'none' | hook_point_head_index is 2,"
            + " expected null: a single attention head",
        "'normalize_activations': 'none', 'activation_fn_str': 'tanh-relu' | activation_fn_str is"
            + " 'tanh-relu', expected relu or topk; retrain",
        "'normalize_activations': 'none', 'activation_fn_str': 'topk' | k is missing, expected a"
            + " whole number",
        "'normalize_activations': 'none', 'activation_fn_str': 'topk',"
            + " 'activation_fn_kwargs': {'k': NaN} | k is NaN, expected a whole number",
        "'normalize_activations': 'none', 'd_in': 6 | W_enc is [5, 7], but the settings ask for"
            + " [6, 7]",
        "'normalize_activations': 'none', 'is_transcoder': true | holds no b_dec_out, only",
      })
  void whatPrismaAsksForIsNamed(String settings, String message) {
    assertRefused(prisma(PRISMA + ", " + settings), message);
  }

  @Test
  void prismaStandardisesIfNothingIsSaid() {
    prisma(PRISMA + ", 'd_in': 5").write(folder);
    try (SparseDictionary d = SparseDictionary.open(folder, Device.CPU)) {
      assertThat(d.describe()).contains("1x1 filters of standardised activations, relu");
    }
  }

  /** Python's None is one of the library's choices: no normalisation. */
  @Test
  void prismaOfNoNormalisationReadsActivationsAsTheyAre() {
    prisma(PRISMA + ", 'd_in': 5, 'normalize_activations': null").write(folder);
    try (SparseDictionary d = SparseDictionary.open(folder, Device.CPU)) {
      assertThat(d.describe()).contains("relu").doesNotContain("standardised");
    }
  }

  @Test
  void prismaOfTheClassTokenReadsThere() {
    prisma(PRISMA + ", 'normalize_activations': 'none', 'cls_token_only': true").write(folder);
    try (SparseDictionary d = SparseDictionary.open(folder, Device.CPU)) {
      assertThat(d.hookPoint()).hasToString("blocks.3.hook_resid_post@cls");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'trainer': {'dict_class': 'GatedAutoEncoder'} | dict_class is 'GatedAutoEncoder', expected"
            + " AutoEncoder, AutoEncoderNew, AutoEncoderTopK, BatchTopKSAE, MatryoshkaBatchTopKSAE"
            + " or JumpReluAutoEncoder: a gated encoder has two pre-activations per feature, not"
            + " one; retrain as one of these",
        "'dict_class': 'CrossCoder' | dict_class is 'CrossCoder', expected AutoEncoder",
        "'trainer': {} | does not say what the autoencoder is: write {\"dict_class\":"
            + " \"AutoEncoder\"}, or another class",
        "'dict_class': 'AutoEncoder' | holds b_dec, whose part in a dictionary is not known here",
        "'dict_class': 'AutoEncoderTopK' | k is missing, expected a whole number",
        "'dict_class': 'BatchTopKSAE', 'k': 8 | top_k is 8, but there are 7 features",
        "'dict_class': 'BatchTopKSAE', 'k': 2, 'activation_dim': 6 | encoder.weight is [7, 5], but"
            + " the settings ask for [7, 6]",
        "'dict_class': 'JumpReluAutoEncoder' | there is no tensor 'W_enc'",
      })
  void whatDictionaryLearningAsksForIsNamed(String settings, String message) {
    assertRefused(learnt(settings), message);
  }

  @Test
  void dictionaryLearningOfOldHasNoThresholdAndSharesABudget() {
    learnt("'trainer': {'dict_class': 'BatchTopKSAE', 'k': 2}").write(folder);
    try (SparseDictionary d = SparseDictionary.open(folder, Device.CPU)) {
      assertThat(d.config().activation()).isEqualTo(DictionaryConfig.Activation.BATCHTOPK);
      assertThat(d.config().topK()).isEqualTo(2);
    }
  }

  @Test
  void kBesideTheWeightsMustBeWhole() {
    FormatSample sample = learnt("'dict_class': 'AutoEncoderTopK', 'k': 2");
    assertRefused(
        sample.with("k", new Numbers(new double[] {2.5})), "k is 2.5, expected a whole number");
  }

  @Test
  void settingsMustBeThere() throws IOException {
    learnt("'dict_class': 'AutoEncoderTopK', 'k': 2").write(folder);
    Files.delete(folder.resolve("config.json"));
    assertThatThrownBy(() -> SparseDictionary.open(folder, Device.CPU))
        .hasMessageContaining("config.json does not say what the autoencoder is");
    Path other = folder.resolve("sparsify");
    sparsify("'k': 2").write(other);
    Files.delete(other.resolve("cfg.json"));
    assertThatThrownBy(() -> SparseDictionary.open(other, Device.CPU))
        .hasMessageContaining("cfg.json is missing: a dictionary of sparsify needs it, with k");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "'activation': 'groupmax', 'k': 2 | activation is 'groupmax', expected topk: others choose",
        "'signed': true, 'k': 2 | signed is true, expected false: features of either sign",
        "'gram_lookup': true, 'k': 2 | gram_lookup is true, expected false: what is taken from",
        "'d_in': 5 | k is missing, expected a whole number",
        "'d_in': 6, 'k': 2 | encoder.weight is [7, 5], but the settings ask for [7, 6]",
        "'k': 9 | top_k is 9, but there are 7 features",
      })
  void whatSparsifyAsksForIsNamed(String settings, String message) {
    assertRefused(sparsify(settings), message);
  }

  @Test
  void aSkipConnectionThatIsNotSaidIsNotIgnored() {
    assertRefused(
        sparsify("'k': 2").with("W_skip", zeros(5L, 5L)),
        "holds W_skip, whose part in a dictionary is not known here");
  }
}
