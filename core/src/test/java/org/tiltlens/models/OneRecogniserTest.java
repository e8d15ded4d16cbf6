package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.vision.Beside;
import org.tiltlens.vision.PooledModel;
import org.tiltlens.vision.RecognisedNetwork;
import org.tiltlens.vision.VisionCheckpoint;

/** What {@code inspect} says of a checkpoint, and whether it opens. */
@Tag("golden")
class OneRecogniserTest {
  private static final Path OTHERS = Path.of("src/test/resources");

  /** Every checkpoint among the tests' files: of vision networks, and of others. */
  static List<Path> checkpoints() throws IOException {
    List<Path> found = new ArrayList<>();
    for (Path folder : List.of(Goldens.folder(), OTHERS)) {
      try (Stream<Path> files = Files.walk(folder.toRealPath())) {
        files.filter(OneRecogniserTest::isCheckpoint).forEach(found::add);
      }
    }
    return found.stream().distinct().sorted().toList();
  }

  private static boolean isCheckpoint(Path path) {
    return path.toString().matches(".*\\.(safetensors|pth|pt|bin)") && !Checkpoints.isProgram(path);
  }

  @ParameterizedTest
  @MethodSource("checkpoints")
  void whatInspectRecognisesOpensAsThatAndNothingElseDoes(Path file) {
    Inspection said = Inspection.of(file);
    Optional<String> recognised = recognised(file);
    recognised.ifPresent(network -> assertThat(said.architecture()).isEqualTo(network));
    if (recognised.isPresent() && said.problem() == null) {
      try (PooledModel model = VisionCheckpoint.open(file, Device.CPU, Optional.empty())) {
        assertThat(model.describe()).startsWith(said.architecture());
        assertThat(model.hookPoints()).isNotEmpty();
      }
    } else {
      assertThatThrownBy(() -> VisionCheckpoint.open(file, Device.CPU, Optional.empty()).close())
          .isInstanceOf(CheckpointException.class);
    }
  }

  private static Optional<String> recognised(Path file) {
    try (TensorStore store = Parts.open(file)) {
      return VisionCheckpoint.network(store, Beside.of(file)).map(RecognisedNetwork::describe);
    } catch (CheckpointException e) {
      return Optional.empty();
    }
  }
}
