package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Names as training leaves them, and files with several networks. */
class PartsTest {
  @TempDir private Path folder;

  /** A file of tensors of one number each: 0, 1, 2, ... */
  private TensorStore open(String... names) {
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String name : names) {
        tensors.put(name, Tensors.floats(new float[] {tensors.size()}, 1));
      }
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    return Parts.open(file);
  }

  @ParameterizedTest
  @CsvSource({
    "module.a.w,                          a.w",
    "_orig_mod.module.a.w,                a.w",
    "model.blocks._orig_mod.0.w,          model.blocks.0.w",
    "blocks.0._orig_mod.mlp.w,            blocks.0.mlp.w",
    "a._fsdp_wrapped_module.w,            a.w",
    "a._checkpoint_wrapped_module.w,      a.w",
    "a.submodule.w,                       a.submodule.w",
    "a.module,                            a.module",
    "blocks.3.17.mlp.w,                   blocks.17.mlp.w",
    "teacher.backbone.blocks.0.1.norm.w,  teacher.backbone.blocks.1.norm.w",
    "input_blocks.1.0.w,                  input_blocks.1.0.w",
    "blocks.0.norm1.w,                    blocks.0.norm1.w",
  })
  void whatTrainingPutsIntoNamesIsLeftOut(String stored, String plain) {
    try (TensorStore store = open("other", stored);
        Scope scope = Scope.open()) {
      assertThat(store.entries().keySet()).containsExactlyInAnyOrder("other", plain);
      assertThat(Tensors.toFloats(store.load(plain))).containsExactly(1);
      assertThat(Tensors.toFloats(store.loadRows(plain, 0, 1))).containsExactly(1);
    }
  }

  @Test
  void wrappersStayWhereTwoTensorsWouldGetOneName() {
    try (TensorStore store = open("a.w", "module.a.w")) {
      assertThat(store.entries().keySet()).containsExactlyInAnyOrder("a.w", "module.a.w");
    }
  }

  @Test
  void chunksThatNumberTheirBlocksEachForItselfAreRefused() {
    assertThatThrownBy(() -> open("blocks.0.0.w", "blocks.0.1.w", "blocks.1.0.w"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("block 0 is in chunks 0 and 1")
        .hasMessageContaining("expected chunks as DINOv2 writes them");
  }

  @ParameterizedTest
  @CsvSource({
    "model.,                                 model.",
    "state_dict. state_dict_ema.,            state_dict_ema.",
    "model. model_ema.,                      model_ema.",
    "state_dict.ema. state_dict.model.,      state_dict.ema.",
    "ema.online_model. ema.ema_model.,       ema.ema_model.",
    "student.backbone. teacher.backbone.,    teacher.backbone.",
    "ema.student. ema.teacher.,              ema.teacher.",
    "teacher.a. teacher.ema. student.,       teacher.ema.",
  })
  void theTeacherOrTheMovingAverageIsUsual(String prefixes, String usual) {
    String[] names =
        Arrays.stream(prefixes.split(" +")).map(p -> p + "stem.w").toArray(String[]::new);
    try (TensorStore store = open(names)) {
      Parts parts = Parts.of(store, "stem.w");
      assertThat(parts.prefixes()).containsExactlyInAnyOrder(prefixes.split(" +"));
      assertThat(parts.usual("networks", "visionPart")).isEqualTo(usual);
    }
  }

  @Test
  void whereNoneIsUsualOneIsToBeChosen() {
    try (TensorStore store = open("g.stem.w", "schema.stem.w")) {
      assertThatThrownBy(() -> Parts.of(store, "stem.w").usual("networks", Parts.OF_VISION))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("several networks, under ['g.', 'schema.']")
          .hasMessageContaining("choose one by `visionPart`, such as 'schema.'");
    }
  }

  @ParameterizedTest
  @CsvSource({"model., 1", "model, 1", "model.ema., 3", "model.ema, 3", "'', 0", "t, 4", "t.b, 4"})
  void onePartIsTakenWithoutTheOthers(String part, float number) {
    try (TensorStore store =
            open("stem.w", "model.stem.w", "model.b", "model.ema.stem.w", "t.b.stem.w");
        Scope scope = Scope.open()) {
      Parts parts = Parts.of(Parts.of(store, "stem.w").only(part), "stem.w");
      assertThat(parts.prefixes()).hasSize(1);
      String prefix = parts.prefixes().get(0);
      assertThat(Tensors.toFloats(parts.store().load(prefix + "stem.w"))).containsExactly(number);
      assertThat(parts.store().entries().keySet().contains("model.b"))
          .isEqualTo(prefix.equals("model."));
    }
  }

  @Test
  void aPartThatIsNotThereIsRefused() {
    try (TensorStore store = open("a.stem.w", "b.c.stem.w", "b.d.stem.w")) {
      Parts parts = Parts.of(store, "stem.w");
      assertThatThrownBy(() -> parts.only("x"))
          .hasMessageContaining("part 'x' is not there, expected one of ['a.', 'b.c.', 'b.d.']");
      assertThatThrownBy(() -> parts.only("b")).hasMessageContaining("part 'b' is several");
    }
  }
}
