package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;

/** Files from strangers: whatever shape a tensor has, a network is refused in one line. */
class OddShapesTest {
  private static final List<List<Long>> SHAPES =
      List.of(
          List.of(),
          List.of(0L),
          List.of(1L),
          List.of(3L, 5L),
          List.of(1L, 7L, 11L),
          List.of(1L << 40, 1L, 1L),
          List.of(1L, 1L << 40, 16L),
          List.of(1L << 33, 1L << 33, 1L << 33, 1L << 33),
          List.of(2L, 3L, 4L, 5L, 6L));

  static List<Path> networks() throws IOException {
    try (Stream<Path> files = Files.list(Path.of("src/test/resources/vits"))) {
      return files.filter(file -> file.toString().endsWith(".safetensors")).sorted().toList();
    }
  }

  /** A checkpoint in which one tensor has another shape. */
  private record Odd(TensorStore store, String tensor, List<Long> shape) implements TensorStore {
    @Override
    public String source() {
      return store.source();
    }

    @Override
    public Map<String, TensorInfo> entries() {
      Map<String, TensorInfo> entries = new LinkedHashMap<>(store.entries());
      entries.computeIfPresent(tensor, (name, info) -> new TensorInfo(name, info.dtype(), shape));
      return entries;
    }

    @Override
    public Map<String, String> metadata() {
      return store.metadata();
    }

    @Override
    public Tensor load(String name) {
      return store.load(name);
    }

    @Override
    public Tensor loadRows(String name, long from, long count) {
      return store.loadRows(name, from, count);
    }

    @Override
    public void close() {
      store.close();
    }
  }

  @ParameterizedTest
  @MethodSource("networks")
  void networksOfOddShapesAreRefusedInOneLine(Path network) {
    int refused = 0;
    try (TensorStore store = Parts.open(network)) {
      List<String> needed =
          store.entries().keySet().stream().filter(name -> !name.contains("blocks.1")).toList();
      for (String tensor : needed) {
        for (List<Long> shape : SHAPES) {
          try {
            VisionCheckpoint.network(new Odd(store, tensor, shape), Beside.NOTHING)
                .ifPresent(RecognisedNetwork::leftOut);
          } catch (CheckpointException e) {
            assertThat(e).message().doesNotContain("\n");
            refused++;
          }
        }
      }
      assertThat(refused).isGreaterThan(SHAPES.size());
    }
  }
}
