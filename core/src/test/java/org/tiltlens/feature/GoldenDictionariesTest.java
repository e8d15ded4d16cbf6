package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tiltlens.golden.Goldens.assertClose;

import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Dictionaries written by PyTorch and NumPy, with codes computed there: make_dictionaries.py. */
@Tag("rounding")
class GoldenDictionariesTest {
  private static final Path FILES = Path.of("src/test/resources/dictionaries");
  private static final String IN = "blocks.3.hook_resid_post";

  private static Tensor number(String name) {
    try (TensorStore numbers = Checkpoints.open(FILES.resolve("numbers.safetensors"))) {
      return numbers.load(name);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "prisma, autoencoder (ViT-Prisma), relu, " + IN + " -> " + IN,
    "prisma_topk, autoencoder (ViT-Prisma), topk 2, " + IN + " -> " + IN,
    "prisma_single, autoencoder (ViT-Prisma), topk 2, " + IN + " -> " + IN,
    "prisma_layer_norm, autoencoder (ViT-Prisma), relu, " + IN + " -> " + IN,
    "prisma_layer_norm_topk, autoencoder (ViT-Prisma), topk 2, " + IN + " -> " + IN,
    "saelens_layer_norm, autoencoder (SAELens), relu, " + IN + " -> " + IN,
    "prisma_transcoder, transcoder (ViT-Prisma), relu, " + IN + " -> blocks.3.hook_mlp_out",
    "dictionary_learning_AutoEncoder, autoencoder (dictionary_learning), relu, unstated ->"
        + " unstated",
    "dictionary_learning_AutoEncoderNew, autoencoder (dictionary_learning), relu,"
        + " unstated -> unstated",
    "dictionary_learning_AutoEncoderTopK, autoencoder (dictionary_learning), topk 2,"
        + " unstated -> unstated",
    "dictionary_learning_BatchTopKSAE, autoencoder (dictionary_learning), jumprelu,"
        + " unstated -> unstated",
    "dictionary_learning_MatryoshkaBatchTopKSAE, autoencoder (dictionary_learning), jumprelu,"
        + " unstated -> unstated",
    "dictionary_learning_JumpReluAutoEncoder, autoencoder (dictionary_learning), jumprelu,"
        + " unstated -> unstated",
    "sparsify, autoencoder (sparsify), topk 3, unstated -> unstated",
    "sparsify_skip, transcoder (sparsify), topk 3, unstated -> its output",
    "saelens_skip_transcoder, transcoder (SAELens), relu,"
        + " blocks.3.hook_resid_mid -> blocks.3.hook_mlp_out",
    "gemma_scope, autoencoder (Gemma Scope), jumprelu, unstated -> unstated",
    "gemma_scope_fortran, autoencoder (Gemma Scope), jumprelu, unstated -> unstated",
    "gemma_scope_packed, autoencoder (Gemma Scope), jumprelu, unstated -> unstated",
  })
  void codesAreTheLibrarys(String name, String kind, String activation, String hooks) {
    Path folder = FILES.resolve(name);
    try (Scope scope = Scope.open();
        SparseDictionary d = SparseDictionary.open(folder, Device.CPU)) {
      assertThat(d.describe())
          .isEqualTo(
              "%s, 7 features over 5 channels, 1x1 filters%s, %s, %s"
                  .formatted(
                      kind,
                      name.contains("layer_norm") ? " of standardised activations" : "",
                      activation,
                      hooks));
      assertThat(SparseDictionary.describe(folder)).contains(d.describe());
      Tensor a = number("x").t().reshape(1, 5, 4, 6);
      Tensor expected = number(name + ".codes").t().reshape(1, 7, 4, 6);
      assertThat(Tensors.toFloats(expected)).contains(0);
      assertThat(Tensors.toDoubles(expected.sum())[0]).isPositive();
      assertClose(d.encode(a), Tensors.float32(expected), 1e-5, "codes");
      for (int feature = 0; feature < d.features(); feature++) {
        Tensor alone = d.activation(a, feature);
        assertClose(alone, Tensors.float32(expected.select(1, feature)), 1e-5, "feature alone");
      }
    }
  }
}
