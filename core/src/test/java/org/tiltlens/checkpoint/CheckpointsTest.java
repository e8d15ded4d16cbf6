package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class CheckpointsTest {
  @TempDir Path folder;

  @Test
  void joinsShards() throws IOException {
    write("a.safetensors", "a", 1);
    write("b.safetensors", "b", 2);
    index(
        "{\"metadata\":{\"total_size\":8},\"weight_map\":"
            + "{\"b\":\"b.safetensors\",\"a\":\"a.safetensors\"}}");
    try (TensorStore store = Checkpoints.open(folder);
        Scope scope = Scope.open()) {
      assertThat(store.entries().keySet()).containsExactly("b", "a");
      assertThat(Tensors.toFloats(store.load("a"))).containsExactly(1);
      assertThat(Tensors.toFloats(store.loadRows("b", 0, 1))).containsExactly(2);
      assertThatThrownBy(() -> store.load("c"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("no tensor 'c'");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../a.safetensors",
        "/etc/passwd",
        "..",
        "sub/a.safetensors",
        "..\\\\a",
        "",
        "C:a"
      })
  void shardsCannotLeadOutOfTheFolder(String shard) throws IOException {
    index("{\"weight_map\":{\"a\":\"" + shard + "\"}}");
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("no plain file name");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "{\"weight_map\":{\"a\":1}}", "{\"weight_map\":{}}"})
  void refusesUnsoundIndexes(String text) throws IOException {
    index(text);
    assertThatThrownBy(() -> Checkpoints.open(folder)).isInstanceOf(CheckpointException.class);
  }

  @Test
  void whatAnIndexLeavesOutOfItsShardsIsReadToo() throws IOException {
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          folder.resolve("a.safetensors"),
          Map.of("a", Tensors.floats(new float[] {1}, 1), "b", Tensors.floats(new float[] {2}, 1)),
          Map.of());
    }
    index("{\"weight_map\":{\"a\":\"a.safetensors\"}}");
    try (TensorStore store = Checkpoints.open(folder);
        Scope scope = Scope.open()) {
      assertThat(store.entries().keySet()).containsExactly("a", "b");
      assertThat(Tensors.toFloats(store.load("b"))).containsExactly(2);
    }
    write("c.safetensors", "b", 3);
    index("{\"weight_map\":{\"a\":\"a.safetensors\",\"b\":\"c.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("tensor 'b' is in two of the shards of")
        .hasMessageContaining("a.safetensors");
  }

  @Test
  void anIndexNamesAllShardsThatTheirNamesCount() throws IOException {
    write("m-00001-of-00002.safetensors", "a", 1);
    write("m-00002-of-00002.safetensors", "b", 2);
    String map = "{\"weight_map\":{\"a\":\"m-00001-of-00002.safetensors\"%s}}";
    index(map.formatted(""));
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(
            "it names 1 of the 2 shards that 'm-00001-of-00002.safetensors' is one of");
    index(map.formatted(",\"b\":\"m-00002-of-00002.safetensors\""));
    try (TensorStore store = Checkpoints.open(folder)) {
      assertThat(store.entries().keySet()).containsExactly("a", "b");
    }
  }

  @Test
  void shardWithoutItsTensorIsAnError() throws IOException {
    write("a.safetensors", "a", 1);
    index("{\"weight_map\":{\"x\":\"a.safetensors\"}}");
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("says tensor 'x' is in 'a.safetensors'");
  }

  @Test
  void namesWhatIsMissing() throws IOException {
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("expected model.safetensors");
    assertThatThrownBy(() -> Checkpoints.open(folder.resolve("absent")))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("does not exist");
    Path other = Files.writeString(folder.resolve("a.safetensors"), "# not a checkpoint");
    assertThatThrownBy(() -> Checkpoints.open(other))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("neither a safetensors nor a PyTorch file");
  }

  @Test
  void opensTheOneCheckpointOfAFolder() throws IOException {
    write("sae.safetensors", "x", 3);
    Files.writeString(folder.resolve("notes.txt"), "not a checkpoint");
    try (TensorStore store = Checkpoints.open(folder)) {
      assertThat(store.entries()).containsOnlyKeys("x");
    }
    write("second.pt", "y", 4);
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds several checkpoints")
        .hasMessageContaining("sae.safetensors");
  }

  /** A name from a hostile file must not write to the user's terminal. */
  @Test
  void messagesAreOneShortPrintableLine() {
    String message = new CheckpointException("a\n\u001b[2J\u202eb" + "c".repeat(9000)).getMessage();
    assertThat(message).startsWith("a??[2J?bccc").hasSizeLessThan(2100);
  }

  @Test
  void findsTheConfigOfAFolder() throws IOException {
    assertThat(Checkpoints.config(folder)).isEmpty();
    Files.writeString(folder.resolve("config.json"), "{}");
    assertThat(Checkpoints.config(folder)).contains("{}");
    assertThat(Checkpoints.config(folder.resolve("model.safetensors"))).contains("{}");
    assertThat(Checkpoints.config(folder.resolve("other.pth"))).isEmpty();
    Files.write(folder.resolve("config.json"), new byte[10_000_001]);
    assertThatThrownBy(() -> Checkpoints.config(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("at most 10000000");
  }

  @Test
  void findsTheOnePrefix() {
    Path file = write("model.safetensors", "module.backbone.stem.weight", 3);
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      String prefix = Checkpoints.prefixOf(store, "stem.weight");
      assertThat(prefix).isEqualTo("module.backbone.");
      TensorStore inside = store.under(prefix);
      assertThat(inside.entries().get("stem.weight").name()).isEqualTo("stem.weight");
      assertThat(Tensors.toFloats(inside.load("stem.weight"))).containsExactly(3);
      assertThat(store.under("")).isSameAs(store);
      assertThatThrownBy(() -> store.under("ema."))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("starts with 'ema.'");
      assertThatThrownBy(() -> Checkpoints.prefixOf(store, "tem.weight"))
          .isInstanceOf(CheckpointException.class)
          .hasMessageContaining("no tensor 'tem.weight'");
    }
  }

  @Test
  void severalPrefixesAreAnError() {
    Path file = folder.resolve("model.safetensors");
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          file, Map.of("ema.w", Tensors.zeros(1), "model.w", Tensors.zeros(1)), Map.of());
      try (TensorStore store = Checkpoints.open(file)) {
        assertThatThrownBy(() -> Checkpoints.prefixOf(store, "w"))
            .isInstanceOf(CheckpointException.class)
            .hasMessageContaining("'ema.'")
            .hasMessageContaining("'model.'");
      }
    }
  }

  private void index(String text) throws IOException {
    Files.writeString(folder.resolve("model.safetensors.index.json"), text);
  }

  private Path write(String file, String tensor, float value) {
    Path path = folder.resolve(file);
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          path, Map.of(tensor, Tensors.floats(new float[] {value}, 1)), Map.of());
    }
    return path;
  }

  static Stream<Arguments> otherKinds() {
    return Stream.of(
        Arguments.of("version https://git-lfs.github.com/spec/v1\n", "a Git LFS pointer"),
        Arguments.of("\n<!DOCTYPE html><html>", "a web page"),
        Arguments.of("GGUF\u0003\0\0\0", "a GGUF file"),
        Arguments.of("\u0089HDF\r\n\u001a\n", "an HDF5 file"),
        Arguments.of("\u0093NUMPY\u0001", "a NumPy array"),
        Arguments.of("\u001f\u008b\u0008", "compressed with gzip"),
        Arguments.of("\u0089PNG\r\n\u001a\n", "a picture, not a model"),
        Arguments.of("\u00ff\u00d8\u00ff\u00e0", "a picture, not a model"),
        Arguments.of("RIFF\u0010\0\0\0WEBP", "a picture, not a model"),
        Arguments.of(
            "PAR1\u0015", "a Parquet file, not a model: `harvest` takes the table of a harvest"),
        Arguments.of("{\n  \"command\": 1}", "JSON, settings or the record of a run, not weights"),
        Arguments.of("\u0008\u0007\u0012\u0007pytorch", "an ONNX file"));
  }

  @ParameterizedTest
  @MethodSource("otherKinds")
  void filesOfOtherKindsAreNamed(String start, String kind) throws IOException {
    Path file = Files.write(folder.resolve("m.pth"), CheckpointBytes.latin(start));
    assertThatThrownBy(() -> Checkpoints.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("m.pth: is " + kind);
  }

  @ParameterizedTest
  @CsvSource({
    "archive/models/model.json,   a program of torch.export (.pt2)",
    "model.weights.h5,            a Keras model (.keras)",
    "model.pth,                   'a zip file with a checkpoint inside, ''model.pth'': unpack'",
    "n01440764/0.JPEG,            'a zip file of images, not a model: `images` takes it'",
    "notes.txt,                   a zip file with 0 data.pkl",
  })
  void zipFilesOfOtherKindsAreNamed(String entry, String kind) throws IOException {
    Path file = folder.resolve("m.pt");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      CheckpointBytes.store(zip, entry, new byte[3]);
    }
    assertThatThrownBy(() -> Checkpoints.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(kind);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a.png", "cats/a.JPEG"})
  void aFolderOfImagesIsNoModel(String image) throws IOException {
    Files.createDirectories(folder.resolve(image).getParent());
    Files.write(folder.resolve(image), new byte[1]);
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("holds no checkpoint but images (`images` takes them)");
  }

  @ParameterizedTest
  @CsvSource({
    "adapter_config.json,             holds a LoRA adapter",
    "__0_0.distcp,                    holds a distributed checkpoint: join it with",
    "model-00001-of-00002.safetensors, holds shards without their index: put",
    "saved_model.pb,                  holds a TensorFlow model",
    "snapshots/abc/README.md,         is a cache of Hugging Face: give a snapshot in it",
    "models--a--b/snapshots/c/x,      is a cache of Hugging Face: give a snapshot in it",
  })
  void foldersOfOtherKindsAreNamed(String inside, String kind) throws IOException {
    write("adapter_model.safetensors", "x", 1);
    Path file = folder.resolve(inside);
    Files.createDirectories(file.getParent());
    Files.writeString(file, "{}");
    assertThatThrownBy(() -> Checkpoints.open(folder))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("folder '" + folder + "' " + kind);
  }

  @Test
  void readsPytorchModelBinBesideOtherFilesOfTraining() throws IOException {
    PytorchWriter.write(
        folder.resolve("pytorch_model.bin"),
        Map.of("x", List.of(1L)),
        name -> Tensors.floats(new float[] {4}, 1));
    write("optimizer.pt", "y", 5);
    Files.writeString(folder.resolve("config.json"), "{}");
    try (TensorStore store = Checkpoints.open(folder)) {
      assertThat(store.entries()).containsOnlyKeys("x");
    }
    assertThat(Checkpoints.config(folder.resolve("pytorch_model.bin"))).contains("{}");
    write("model.safetensors", "z", 6);
    try (TensorStore store = Checkpoints.open(folder)) {
      assertThat(store.entries()).containsOnlyKeys("z");
    }
  }

  @Test
  void readsTheShardsOfAVariantWhereThereAreNoOthers() throws IOException {
    write("model.fp16-00001-of-00002.safetensors", "a", 1);
    write("model.fp16-00002-of-00002.safetensors", "b", 2);
    Files.writeString(
        folder.resolve("model.safetensors.index.fp16.json"),
        "{\"weight_map\":{\"a\":\"model.fp16-00001-of-00002.safetensors\","
            + "\"b\":\"model.fp16-00002-of-00002.safetensors\"}}");
    try (TensorStore store = Checkpoints.open(folder)) {
      assertThat(store.entries()).containsOnlyKeys("a", "b");
    }
    write("model-00001-of-00001.safetensors", "a", 1);
    index("{\"weight_map\":{\"a\":\"model-00001-of-00001.safetensors\"}}");
    try (TensorStore store = Checkpoints.open(folder)) {
      assertThat(store.entries()).containsOnlyKeys("a");
    }
  }
}
