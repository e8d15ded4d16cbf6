package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** A result in half precision, and a report on just that. */
class StoredTypeTest {
  private static final int STEPS = 5;

  @TempDir private Path folder;

  private TrainingRun run(boolean resume, StoredType stored) {
    return TinyTrainings.stored(
        TinyTrainings.run(folder, 1e-2, STEPS, resume, TrainingProgress.SILENT), stored);
  }

  private Map<String, Tensor> load(String file) {
    Map<String, Tensor> tensors = new HashMap<>();
    try (TensorStore store = Checkpoints.open(folder.resolve(file))) {
      store.entries().keySet().forEach(name -> tensors.put(name, store.load(name)));
    }
    return tensors;
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("org.tiltlens.training.TrainingTest#kinds")
  void aFinishedTrainingIsStoredAnewInAnotherType(
      String name, TinyTrainings.Kind kind, List<String> files) throws IOException {
    kind.run(run(false, StoredType.F32));
    byte[] checkpoint = Files.readAllBytes(folder.resolve("training.safetensors"));
    for (String file : files.stream().filter(f -> f.endsWith(".safetensors")).toList()) {
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> exact = load(file);
        TrainingReport again = kind.run(run(true, StoredType.F16));
        assertThat(again.steps()).isEqualTo(STEPS);
        assertThat(again.json()).doesNotContain("training_loss");
        Map<String, Tensor> stored = load(file);
        assertThat(stored).containsOnlyKeys(exact.keySet());
        stored.forEach((weight, tensor) -> assertHalf(file, weight, tensor, exact.get(weight)));
        kind.run(run(true, StoredType.F32));
        load(file)
            .forEach((weight, tensor) -> assertThat(tensor.equal(exact.get(weight))).isTrue());
      }
    }
    assertThat(folder.resolve("training.safetensors")).hasBinaryContent(checkpoint);
  }

  private void assertHalf(String file, String weight, Tensor stored, Tensor exact) {
    boolean norm = weight.startsWith("dataset_average");
    try (TensorStore store = Checkpoints.open(folder.resolve(file))) {
      assertThat(store.entries().get(weight).dtype()).isEqualTo(norm ? DType.F64 : DType.F16);
    }
    Tensor expected = norm ? exact : Tensors.roundToHalf(exact);
    assertThat(stored.equal(expected)).as(weight).isTrue();
  }

  @Test
  void reportOfAPriorIsThatOfItsFile() throws IOException {
    PriorReport exact = (PriorReport) TinyTrainings.prior().run(run(false, StoredType.F32));
    PriorReport half = (PriorReport) TinyTrainings.prior().run(run(true, StoredType.F16));
    TrainingRun run = run(true, StoredType.F16);
    Engine.threadsPerOperation(run.threads());
    try (Scope scope = Scope.open()) {
      LabelledImages heldOut = TinyTrainings.heldOut();
      PriorTask task =
          new PriorTask(
              PriorSettings.of(TinyTrainings.unet(16, 2)), Optional.empty(), heldOut, run);
      Weights file = Weights.of(load(PriorTraining.FILE));
      assertThat(half.heldOutLoss())
          .isEqualTo(PriorTraining.heldOutLoss(task, file, heldOut, heldOut.size(), run))
          .isNotEqualTo(exact.heldOutLoss());
    } finally {
      Engine.threadsPerOperation(1);
    }
  }

  @Test
  void reportOfAClassifierIsThatOfItsFiles() throws IOException {
    TrainingRun run = run(false, StoredType.F16);
    VisionReport report = (VisionReport) TinyTrainings.vision().run(run);
    try (Scope scope = Scope.open()) {
      LabelledImages test = TinyTrainings.heldOut();
      VisionTask task = new VisionTask(VisionSettings.of(TinyTrainings.NETWORK), test, test, run);
      Map<String, Tensor> weights = load(VisionTraining.FILE);
      weights.putAll(load(VisionTraining.HEAD_FILE));
      assertThat(report.testAccuracy()).isEqualTo(task.accuracy(Weights.of(weights), test).share());
    }
  }

  @Test
  void weightsBeyondHalfAreNamed() {
    try (Scope scope = Scope.open()) {
      Tensor large = Tensors.floats(new float[] {1, -65520}, 2);
      assertThat(StoredType.F32.round("head.bias", large)).isSameAs(large);
      assertThatThrownBy(() -> StoredType.F16.round("head.bias", large))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("weight 'head.bias' reaches 65520.0, f16 ends at 65504: give `stored` f32");
    }
  }
}
