package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** The same networks saved in every format hold the same bits. */
@Tag("golden")
class GoldenCheckpointsTest {
  /** Every PyTorch file of the folder. */
  static List<Path> pytorchFiles() throws IOException {
    return list(path -> path.toString().matches(".*\\.(pt|pth)"));
  }

  /** Every folder of a network in the Hugging Face form that has a safetensors file beside it. */
  static List<Path> huggingFaceFolders() throws IOException {
    return list(path -> path.toString().endsWith("_hf"));
  }

  private static List<Path> list(Predicate<Path> wanted) throws IOException {
    try (Stream<Path> files = Files.list(Goldens.folder())) {
      return files.filter(wanted).sorted().toList();
    }
  }

  @ParameterizedTest
  @MethodSource("pytorchFiles")
  void pytorchFileEqualsTheSafetensorsFile(Path file) {
    String name = file.getFileName().toString().replaceAll("(_legacy)?\\.pth?$", ".safetensors");
    try (TensorStore pytorch = Checkpoints.open(file);
        TensorStore golden = Goldens.open(name)) {
      TensorStore model = golden.under("model.");
      assertThat(pytorch.entries()).isEqualTo(model.entries()).isNotEmpty();
      for (String tensor : model.entries().keySet()) {
        try (Scope scope = Scope.open()) {
          assertSameBits(pytorch.load(tensor), model.load(tensor));
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("huggingFaceFolders")
  void huggingFaceFolderHoldsTheSameValuesUnderOtherNames(Path folder) {
    String name = folder.getFileName().toString().replaceAll("_hf$", ".safetensors");
    try (TensorStore store = Checkpoints.open(folder);
        TensorStore golden = Goldens.open(name)) {
      assertThat(Checkpoints.config(folder)).get().asString().contains("\"model_type\"");
      Map<String, Collection<Integer>> ours = valuesByShape(golden.under("model."));
      Map<String, Collection<Integer>> theirs = valuesByShape(store);
      // Where a tensor keeps its shape, it keeps its values. Others come apart (a ViT's fused qkv)
      // or gain dimensions, so a shape may be missing on either side.
      theirs.keySet().retainAll(ours.keySet());
      assertThat(theirs).isNotEmpty();
      if (!name.contains("_vit_")) {
        theirs.forEach((shape, values) -> assertThat(ours.get(shape)).containsAll(values));
      }
    }
  }

  @Test
  void opensTheFolderOfADictionary() {
    Path folder = Goldens.file("cnnsae");
    try (TensorStore store = Checkpoints.open(folder)) {
      assertThat(store.entries()).isNotEmpty();
      assertThat(store.source()).endsWith("sae_weights.safetensors");
      assertThat(Checkpoints.config(folder)).isPresent();
    }
  }

  /** A hash of the bits of each tensor, by shape. */
  private static Map<String, Collection<Integer>> valuesByShape(TensorStore store) {
    Map<String, Collection<Integer>> values = new TreeMap<>();
    store
        .entries()
        .forEach(
            (name, info) -> {
              try (Scope scope = Scope.open()) {
                values
                    .computeIfAbsent(info.shape().toString(), shape -> new ArrayList<>())
                    .add(Arrays.hashCode(Tensors.toFloats(store.load(name))));
              }
            });
    return values;
  }

  private static void assertSameBits(Tensor actual, Tensor expected) {
    assertThat(Tensors.shape(actual)).isEqualTo(Tensors.shape(expected));
    assertThat(Tensors.bytes(actual)).isEqualTo(Tensors.bytes(expected));
  }
}
