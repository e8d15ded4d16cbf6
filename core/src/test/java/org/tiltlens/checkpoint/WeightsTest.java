package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.fixture.RandomStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

@Tag("golden")
class WeightsTest {
  @Test
  void loadsEveryTensorOfAGoldenNetwork() {
    try (TensorStore store = Goldens.open("dinov3_convnext.safetensors");
        Weights weights =
            Weights.load(
                store, shapes(store), n -> "model." + n, List.of("(?!model\\.).*"), Device.CPU);
        Scope scope = Scope.open()) {
      for (String name : shapes(store).keySet()) {
        Tensor weight = weights.get(name);
        assertThat(weight.requires_grad()).isFalse();
        assertThat(Tensors.toFloats(weight))
            .isEqualTo(Tensors.toFloats(store.load("model." + name)));
      }
    }
  }

  @Test
  void listsWhatIsMissingUnexpectedAndMisshaped() {
    try (TensorStore store = Goldens.open("dinov3_convnext.safetensors")) {
      Map<String, List<Long>> expected = new HashMap<>(shapes(store));
      String changed = expected.keySet().iterator().next();
      expected.put(changed, List.of(1L, 2L, 3L, 4L, 5L));
      expected.put("absent", List.of(1L));
      UnaryOperator<String> name = n -> "model." + n;
      assertThatThrownBy(() -> Weights.load(store, expected, name, List.of(), Device.CPU))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("1 missing: model.absent")
          .hasMessageContaining("unexpected: ")
          .hasMessageContaining("1 of another shape: model." + changed + " is ")
          .hasMessageContaining("needs [1, 2, 3, 4, 5]");
    }
  }

  /** A tensor without elements cannot belong to anything. */
  @Test
  void emptyTensorsAreNeverUnexpected() {
    TensorStore store = new RandomStore(Map.of("a", List.of(2L), "empty", List.of(0L, 3L)));
    Map<String, List<Long>> expected = Map.of("a", List.of(2L));
    try (Weights weights = Weights.load(store, expected, n -> n, List.of(), Device.CPU)) {
      assertThat(weights.parameters()).isEqualTo(2);
    }
    TensorStore other = new RandomStore(Map.of("a", List.of(2L), "full", List.of(1L, 3L)));
    assertThatThrownBy(() -> Weights.load(other, expected, n -> n, List.of(), Device.CPU))
        .hasMessageContaining("1 unexpected: full");
  }

  /** Beside plain numbers it is nobody's; beside eight bits it may be what they are scaled by. */
  @Test
  void typesThatAreNotReadAreUnexpectedBesideScaledWeightsOnly(@TempDir Path folder) {
    String header =
        "{'w':{'dtype':'%s','shape':[1],'data_offsets':[0,%d]},"
            + "'w_scale':{'dtype':'F8_E8M0','shape':[1],'data_offsets':[%2$d,%3$d]}}";
    Map<String, List<Long>> expected = Map.of("w", List.of(1L));
    String plain = header.formatted("F32", 4, 5).replace('\'', '"');
    try (TensorStore store = CheckpointBytes.open(folder, CheckpointBytes.safetensors(plain, 5));
        Weights weights = Weights.load(store, expected, n -> n, List.of(), Device.CPU)) {
      assertThat(weights.parameters()).isEqualTo(1);
    }
    String scaled = header.formatted("F8_E4M3", 1, 2).replace('\'', '"');
    try (TensorStore store = CheckpointBytes.open(folder, CheckpointBytes.safetensors(scaled, 2))) {
      assertThatThrownBy(() -> Weights.load(store, expected, n -> n, List.of(), Device.CPU))
          .hasMessageContaining("1 unexpected: w_scale");
    }
  }

  /** What loading would refuse or misread, a look at the header refuses too. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "I8 | 1 | 1 of whole numbers, quantised weights that are not read (give the unquantised"
            + " checkpoint): w is I8",
        "I64 | 8 | 1 of whole numbers,",
        "C64 | 8 | 1 of a type that is not read, expected floats of at least 8 bits (convert in"
            + " Python with .float()): w is C64",
        "F8_E8M0 | 1 | 1 of a type that is not read,",
        "F8_E5M2 | 1 | ",
        "BOOL | 1 | ",
      })
  void neededTensorsAreFloats(String type, int bytes, String problem, @TempDir Path folder) {
    String header =
        "{'w':{'dtype':'%s','shape':[1],'data_offsets':[0,%d]}}"
            .formatted(type, bytes)
            .replace('\'', '"');
    try (TensorStore store =
        CheckpointBytes.open(folder, CheckpointBytes.safetensors(header, bytes))) {
      ThrowingCallable require =
          () -> Weights.require(store, Map.of("w", List.of(1L)), name -> name, List.of());
      if (problem == null) {
        assertThatCode(require).doesNotThrowAnyException();
      } else {
        assertThatThrownBy(require)
            .isInstanceOf(CheckpointException.class)
            .hasMessageContaining(problem);
      }
    }
  }

  @Test
  void showsTheFirstOfManyMissingNames() {
    Map<String, List<Long>> expected = new TreeMap<>();
    for (int i = 10; i < 30; i++) {
      expected.put("absent" + i, List.of(1L));
    }
    try (TensorStore store = Goldens.open("dinov3_convnext.safetensors")) {
      assertThatThrownBy(() -> Weights.load(store, expected, n -> n, List.of(".*"), Device.CPU))
          .hasMessageContaining("20 missing: absent10, ")
          .hasMessageContaining("absent17, ...")
          .hasMessageNotContaining("absent18")
          .hasMessageNotContaining("unexpected");
    }
  }

  @Test
  void holdsFloat32WhateverTheFileHolds() {
    try (TensorStore store = Goldens.open("diffusion_schedules.safetensors")) {
      String name =
          store.entries().values().stream()
              .filter(info -> info.dtype() == DType.F64)
              .findFirst()
              .orElseThrow()
              .name();
      Map<String, List<Long>> expected = Map.of(name, store.entries().get(name).shape());
      try (Weights weights = Weights.load(store, expected, n -> n, List.of(".*"), Device.CPU);
          Scope scope = Scope.open()) {
        assertThat(store.load(name).element_size()).isEqualTo(8);
        assertThat(weights.get(name).element_size()).isEqualTo(4);
        assertThat(weights.parameters()).isEqualTo(store.load(name).numel());
      }
    }
  }

  private static Map<String, List<Long>> shapes(TensorStore store) {
    Map<String, List<Long>> shapes = new HashMap<>();
    store
        .entries()
        .forEach(
            (name, info) -> {
              if (name.startsWith("model.")) {
                shapes.put(name.substring("model.".length()), info.shape());
              }
            });
    return shapes;
  }
}
