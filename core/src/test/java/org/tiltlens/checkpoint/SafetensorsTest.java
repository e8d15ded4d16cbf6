package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class SafetensorsTest {
  @TempDir Path folder;

  @Test
  void readsBackWhatWasWritten() {
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      tensors.put("odd \"name\"\n", Tensors.floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3).t());
      tensors.put("double", Tensors.doubles(new double[] {1.0 / 3}));
      tensors.put("long", Tensors.longs(new long[] {-7}, 1));
      tensors.put("none", Tensors.zeros(0, 4));
      SafetensorsWriter.write(file, tensors, Map.of("kind", "test"));
      try (TensorStore store = Checkpoints.open(file)) {
        assertThat(store.metadata()).containsExactly(Map.entry("kind", "test"));
        assertThat(store.entries()).containsOnlyKeys(tensors.keySet());
        assertThat(store.entries().get("double"))
            .isEqualTo(new TensorInfo("double", DType.F64, List.of()));
        assertThat(Tensors.toFloats(store.load("odd \"name\"\n")))
            .containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(Tensors.toDoubles(store.load("double"))).containsExactly(1.0 / 3);
        assertThat(Tensors.toLongs(store.load("long"))).containsExactly(-7);
        assertThat(Tensors.shape(store.load("none"))).containsExactly(0, 4);
      }
      assertThat(folder).isDirectoryNotContaining(p -> !p.equals(file));
    }
  }

  @Test
  void failedWriteLeavesTheOldFile() throws IOException {
    Path file = Files.writeString(folder.resolve("model.safetensors"), "old");
    TensorInfo info = new TensorInfo("x", DType.F32, List.of(2L));
    assertThatThrownBy(
            () ->
                SafetensorsWriter.write(
                    file, List.of(info), Map.of(), name -> Tensors.floats(new float[3], 3)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("tensor 'x' is [3], declared as [2]");
    assertThat(file).hasContent("old");
    assertThat(folder).isDirectoryNotContaining(p -> !p.equals(file));
  }

  @Test
  void loadsRowsAlone() {
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          file, Map.of("x", Tensors.floats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2)), Map.of());
      try (TensorStore store = Checkpoints.open(file)) {
        Tensor rows = store.loadRows("x", 1, 2);
        assertThat(Tensors.shape(rows)).containsExactly(2, 2);
        assertThat(Tensors.toFloats(rows)).containsExactly(3, 4, 5, 6);
        assertThat(Tensors.shape(store.loadRows("x", 3, 0))).containsExactly(0, 2);
        assertThatThrownBy(() -> store.loadRows("x", 2, 2))
            .isInstanceOf(CheckpointException.class)
            .hasMessageContaining("has 3 rows");
      }
    }
  }

  @Test
  void fileCutAfterOpeningIsAnError() throws IOException {
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(file, Map.of("x", Tensors.zeros(100_000)), Map.of());
      try (TensorStore store = Checkpoints.open(file)) {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
          channel.truncate(5_000);
        }
        assertThatThrownBy(() -> store.load("x"))
            .isInstanceOf(CheckpointException.class)
            .hasMessageContaining("became shorter");
      }
    }
  }

  /** The harder case: the file shrinks between two pieces. */
  @Test
  void fileCutBetweenItsPiecesIsAnError() throws IOException {
    Path file = Files.write(folder.resolve("x"), new byte[8 << 20]);
    byte[] piece = new byte[1 << 20];
    try (OpenFile opened = new OpenFile(file)) {
      assertThatThrownBy(
              () ->
                  opened.read(
                      0,
                      opened.size(),
                      bytes -> {
                        truncate(file);
                        bytes.get(piece, 0, bytes.remaining());
                      }))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("became shorter");
    }
  }

  private static void truncate(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.truncate(10);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final String EMPTY = "{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}";
  private static final String X = "{\"x\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":%s}}";

  static Stream<Arguments> hostileHeaders() {
    return Stream.of(
        Arguments.of("", "neither"),
        Arguments.of("{", "header length"),
        Arguments.of("[]", "neither"),
        Arguments.of("{\"x\":", "JSON"),
        Arguments.of("{}{}", "more behind"),
        Arguments.of("{\"x\":1}", "'x' should be"),
        Arguments.of("{\"x\":{}}", "lacks"),
        Arguments.of("{\"x\":{\"dtype\":\"F32\"},\"x\":{}}", "lacks"),
        Arguments.of(X.replace("}}", "},\"x\":{}}").formatted("[2]", "[0,8]"), "Duplicate"),
        Arguments.of(X.replace("F32", "F4").formatted("[2]", "[0,-1]"), "[0, -1]"),
        Arguments.of(X.replace("shape", "shap").formatted("[2]", "[0,8]"), "unknown 'shap'"),
        Arguments.of(X.formatted("[3]", "[0,8]"), "needs 12 bytes"),
        Arguments.of(X.formatted("[-2]", "[0,8]"), "negative"),
        Arguments.of(X.formatted("[2.0]", "[0,8]"), "a number of 'x'"),
        Arguments.of(X.formatted("[99999999999999999999]", "[0,8]"), "JSON"),
        Arguments.of(X.formatted("[4294967296,4294967296]", "[0,0]"), "too large"),
        Arguments.of(X.formatted("[0,4611686018427387904,8]", "[0,0]"), "too large"),
        Arguments.of(X.formatted("[1" + ",1".repeat(16) + "]", "[0,4]"), "more than 16"),
        Arguments.of(X.formatted("[2]", "[8,0]"), "data_offsets"),
        Arguments.of(X.formatted("[2]", "[-8,0]"), "data_offsets"),
        Arguments.of(X.formatted("[2]", "[4,12]"), "starts at 4"),
        Arguments.of(X.formatted("[1]", "[0,4]"), "fill 4 bytes but it holds 8"),
        Arguments.of(X.formatted("[4]", "[0,16]"), "fill 16 bytes but it holds 8"),
        Arguments.of(
            X.replace("}}", "},\"y\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]}}")
                .formatted("[2]", "[0,8]"),
            "starts at 0"),
        Arguments.of("{\"__metadata__\":{\"a\":1}}", "metadata 'a'"),
        Arguments.of("{\"__metadata__\":" + "[".repeat(100_000), "should be"),
        Arguments.of("{\"x\":{\"shape\":[" + "[".repeat(100_000), "a number of 'x'"));
  }

  @ParameterizedTest
  @MethodSource("hostileHeaders")
  void refusesUnsoundHeaders(String header, String reason) {
    assertThatThrownBy(
            () -> CheckpointBytes.open(folder, CheckpointBytes.safetensors(header, 8)).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(reason)
        .hasMessageContaining(folder.toString());
  }

  @Test
  void refusesHundredsOfThousandsOfTensors() {
    StringBuilder header = new StringBuilder("{\"x\":" + EMPTY);
    for (int i = 0; i < 200_000; i++) {
      header.append(",\"").append(i).append("\":").append(EMPTY);
    }
    byte[] bytes = CheckpointBytes.safetensors(header.append('}').toString(), 0);
    assertThatThrownBy(() -> CheckpointBytes.open(folder, bytes).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("more than 200000 entries");
  }

  @Test
  void refusesAHeaderLongerThanTheFile() {
    byte[] bytes = CheckpointBytes.safetensors(X.formatted("[2]", "[0,8]"), 8);
    bytes[4] = 1;
    assertThatThrownBy(() -> CheckpointBytes.open(folder, bytes).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("header length");
  }

  @Test
  void everyCutIsAnError() {
    byte[] whole = CheckpointBytes.safetensors(X.formatted("[2]", "[0,8]"), 8);
    Truncation.everyCutIsRefused(folder, whole);
  }

  /** How many bytes they take is their own affair. */
  @Test
  void listsTensorsOfOtherTypesAndRefusesThemWhenTheyAreRead() {
    String header =
        """
        {"a":{"dtype":"F4","shape":[6],"data_offsets":[0,3]},\
        "b":{"dtype":"F8_E8M0","shape":[1],"data_offsets":[3,4]},\
        "c":{"dtype":"C64","shape":[1],"data_offsets":[4,12]},\
        "d":{"dtype":"Q3_7","shape":[5],"data_offsets":[12,14]},\
        "x":{"dtype":"U8","shape":[2],"data_offsets":[14,16]}}\
        """;
    try (TensorStore store = CheckpointBytes.open(folder, CheckpointBytes.safetensors(header, 16));
        Scope scope = Scope.open()) {
      assertThat(store.entries().values().stream().map(TensorInfo::dtype))
          .containsExactly(DType.F4, DType.F8_E8M0, DType.C64, DType.UNKNOWN, DType.U8);
      assertThat(Tensors.toLongs(store.load("x"))).containsExactly(0, 0);
      for (String name : List.of("a", "b", "c", "d")) {
        assertThatThrownBy(() -> store.load(name))
            .isInstanceOf(CheckpointException.class)
            .hasMessageContaining("tensor '" + name + "': its element type is ");
      }
    }
  }
}
