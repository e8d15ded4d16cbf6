package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.checkpoint.CheckpointBytes.latin;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
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
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class PytorchTest {
  @TempDir Path folder;

  /**
   * Python wrote {@code {"model": OrderedDict(w=arange(6).view(2,3).t(), tied=the same[2:], s=1.5,
   * h, bf, i, p), "epoch": 3, "name": "x", ...}} in each of these ways.
   */
  @ParameterizedTest
  @ValueSource(strings = {"zip_stored", "zip_deflated", "legacy", "legacy_protocol4"})
  void readsWhatPythonWrote(String name) {
    try (TensorStore file = CheckpointBytes.open(folder, CheckpointBytes.fromPython(name));
        Scope scope = Scope.open()) {
      assertThat(file.metadata()).containsEntry("epoch", "3").containsEntry("name", "x");
      TensorStore model = file.under("model.");
      assertThat(model.entries().keySet()).containsExactly("w", "tied", "s", "h", "bf", "i", "p");
      assertThat(Tensors.shape(model.load("w"))).containsExactly(3, 2);
      assertThat(Tensors.toFloats(model.load("w"))).containsExactly(0, 3, 1, 4, 2, 5);
      assertThat(Tensors.toFloats(model.loadRows("w", 1, 2))).containsExactly(1, 4, 2, 5);
      assertThat(Tensors.toFloats(model.load("tied"))).containsExactly(2, 3, 4, 5);
      assertThat(Tensors.toFloats(model.loadRows("tied", 2, 1))).containsExactly(4);
      assertThat(Tensors.shape(model.load("s"))).isEmpty();
      assertThat(Tensors.toDoubles(model.load("s"))).containsExactly(1.5);
      assertThat(model.entries().get("h").dtype()).isEqualTo(DType.F16);
      assertThat(Tensors.toFloats(model.load("h"))).containsExactly(1, 1, 1);
      assertThat(model.entries().get("bf").dtype()).isEqualTo(DType.BF16);
      assertThat(Tensors.toFloats(model.load("bf"))).containsExactly(1, 1);
      assertThat(Tensors.toLongs(model.load("i"))).containsExactly(0, 1, 2);
      assertThat(model.load("p").requires_grad()).isFalse();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"zip", "zip_deflated", "legacy", "legacy_protocol4"})
  void everyCutIsAnError(String name) {
    Truncation.everyCutIsRefused(folder, CheckpointBytes.fromPython(name));
  }

  @Test
  void readsBackWhatTheTestWriterWrote() throws IOException {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("b", List.of(2L, 3L));
    shapes.put("a", List.of());
    Path file = folder.resolve("model.pt");
    PytorchWriter.write(
        file,
        shapes,
        name ->
            name.equals("a")
                ? Tensors.floats(new float[] {7})
                : Tensors.floats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    try (TensorStore store = Checkpoints.open(file);
        Scope scope = Scope.open()) {
      assertThat(store.entries().keySet()).containsExactly("b", "a");
      assertThat(Tensors.toFloats(store.load("b"))).containsExactly(1, 2, 3, 4, 5, 6);
      assertThat(Tensors.toFloats(store.load("a"))).containsExactly(7);
    }
  }

  // ---- hand-made pickles

  /** {@code {"x": tensor}} over storage "0" of two float32. */
  private static String dict(String value) {
    return "\u0080\u0002}X\u0001\0\0\0x" + value + "s.";
  }

  private static final String STORAGE =
      "(X\u0007\0\0\0storagectorch\nFloatStorage\nX\u0001\0\0\0" + "0X\u0003\0\0\0cpuK\u0002tQ";

  private static String tensor(String offset, String size, String stride) {
    return "ctorch._utils\n_rebuild_tensor_v2\n("
        + STORAGE
        + offset
        + size
        + stride
        + "\u0089ccollections\nOrderedDict\n)RtR";
  }

  /** {@code _rebuild_tensor_v3} reads bytes as the type it is given. */
  private static final String FLOAT8 =
      "ctorch._utils\n_rebuild_tensor_v3\n("
          + STORAGE
              .replace("FloatStorage", "UntypedStorage")
              .replace("ctorch", "ctorch.storage")
              .replace("K\u0002", "K\u0008")
          + "K\u0001K\u0003\u0085K\u0002\u0085\u0089)ctorch\nfloat8_e4m3fn\ntR";

  @Test
  void readsFloat8Tensors() {
    byte[] storage = {0, 0x38, 0, 0x40, 0, 0x7e, 0, 0};
    try (TensorStore store =
            CheckpointBytes.open(folder, CheckpointBytes.zip(latin(dict(FLOAT8)), storage));
        Scope scope = Scope.open()) {
      assertThat(store.entries().get("x").dtype()).isEqualTo(DType.F8_E4M3);
      assertThat(Tensors.toFloats(store.load("x"))).containsExactly(1, 2, 448);
    }
  }

  static Stream<String> soundTensors() {
    return Stream.of(
        tensor("K\0", "K\u0002\u0085", "K\u0001\u0085"),
        tensor("K\u0001", ")", ")"),
        tensor("K\u0001", "K\u0005\u0085", "K\0\u0085"),
        tensor("K\u0002", "K\0\u0085", "K\u0001\u0085"),
        tensor("Kc", "K\0\u0085", "K\u0001\u0085"));
  }

  @ParameterizedTest
  @MethodSource("soundTensors")
  void readsWindowsInsideTheStorage(String pickled) {
    try (TensorStore store = open(dict(pickled));
        Scope scope = Scope.open()) {
      Tensor tensor = store.load("x");
      assertThat(Tensors.shape(tensor)).isEqualTo(Shapes.array(store.entries().get("x").shape()));
      assertThat(Tensors.toFloats(tensor)).containsOnly(new float[tensor.numel() > 0 ? 1 : 0]);
    }
  }

  static Stream<Arguments> hostilePickles() {
    String minusOne = "J\u00ff\u00ff\u00ff\u00ff";
    String huge = "\u008a\u0008\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u00ff\u007f";
    return Stream.of(
        Arguments.of(dict("cos\nsystem\nX\u0002\0\0\0ls\u0085R"), "'os.system'"),
        Arguments.of(dict("cbuiltins\neval\n)R"), "'builtins.eval'"),
        Arguments.of(dict("cdatetime\ndatetime\n)R"), "no weights beside a pickled 'datetime."),
        Arguments.of(dict("cjava.lang\nRuntime\n)R"), "no weights beside a pickled 'java.lang."),
        Arguments.of("\u0080\u0002cmy.nets\nNet\n)\u0081}b.", "'my.nets.Net'"),
        Arguments.of(
            dict("X\u0002\0\0\0os" + "X\0\u0002\0\0" + "a".repeat(512) + "\u0093"), "short"),
        Arguments.of(dict("X\u0002\0\0\0osX\u0006\0\0\0system\u0093"), "'os.system'"),
        Arguments.of(dict("(ios\nsystem\n"), "0x69"),
        Arguments.of(dict("(cos\nsystem\no"), "'os.system'"),
        Arguments.of(dict("\u0082\u0001"), "0x82"),
        Arguments.of(dict("c" + "a".repeat(300) + "\n"), "does not end"),
        Arguments.of(dict("L" + "9".repeat(300) + "\n"), "0x4c"),
        Arguments.of(dict("\u008b\u00ff\u00ff\u00ff\u007f"), "0x8b"),
        Arguments.of(dict("X\u00ff\u00ff\u00ff\u007f"), "text does not end"),
        Arguments.of(dict("T\u00ff\u00ff\u00ff\u00ff"), "text does not end"),
        Arguments.of(dict("\u008d" + "\u00ff".repeat(8)), "text does not end"),
        Arguments.of(dict("B\u00ff\u00ff\u00ff\u007f"), "text does not end"),
        Arguments.of(dict("j\u00ff\u00ff\u00ff\u007f"), "damaged"),
        Arguments.of(dict("]]}" + "b"), "damaged"),
        Arguments.of(dict("}(]K\u0001u"), "keys are lists"),
        Arguments.of(
            dict("}K\u0001\u0085" + tensor("K\0", ")", ")") + "s"), "neither a text nor a number"),
        Arguments.of("\u0080\u0002" + "0".repeat(5), "damaged"),
        Arguments.of("\u0080\u0002}q\0X\u0001\0\0\0xh\0s.", "too deep"),
        Arguments.of("\u0080\u0002" + "]".repeat(30) + "a".repeat(29) + ".", "too deep"),
        Arguments.of("\u0080\u0002K\u0001.", "single value"),
        Arguments.of(dict("(X\u0006\0\0\0moduletQ"), "other than a storage"),
        Arguments.of(dict(tensor("K\u0001", "K\u0002\u0085", "K\u0001\u0085")), "lies outside"),
        Arguments.of(dict(tensor("K\0", "K\u0002\u0085", "K\u0002\u0085")), "lies outside"),
        Arguments.of(dict(tensor("K\u0002", ")", ")")), "lies outside"),
        Arguments.of(dict(tensor(minusOne, "K\u0001\u0085", "K\u0001\u0085")), "lies outside"),
        Arguments.of(dict(tensor("K\0", "K\u0002\u0085", minusOne + "\u0085")), "lies outside"),
        Arguments.of(dict(tensor("K\0", minusOne + "\u0085", "K\u0001\u0085")), "negative"),
        Arguments.of(dict(tensor(huge, "K\u0001\u0085", "K\u0001\u0085")), "lies outside"),
        Arguments.of(dict(tensor("K\0", "K\u0002\u0085", huge + "\u0085")), "lies outside"),
        Arguments.of(dict(tensor("K\0", huge + "\u0085", "K\0\u0085")), "too large"),
        Arguments.of(dict(tensor("K\0", "J\0\0\0@\u0085", "K\0\u0085")), "lies outside"),
        Arguments.of(dict(tensor("K\0", "K\u0001\u0085", ")")), "lies outside"),
        Arguments.of(
            dict(tensor("K\0", "G\0\0\0\0\0\0\0\0\u0085", "K\u0001\u0085")), "not whole numbers"),
        Arguments.of(
            dict(tensor("K\0", ")", ")").replace("K\u0002tQ", "K\u0003tQ")),
            "should have 12 bytes but has 8"),
        Arguments.of(
            dict(tensor("K\0", ")", ")").replace("\u0001\0\0\0" + "0X", "\u0001\0\0\0" + "7X")),
            "has none"),
        Arguments.of(
            dict(tensor("K\0", ")", ")").replace("K\u0002tQ", minusOne + "tQ")), "-1 elements"));
  }

  @ParameterizedTest
  @MethodSource("hostilePickles")
  void refusesWhatIsNotAStateDict(String pickle, String reason) {
    assertThatThrownBy(() -> open(pickle).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(reason)
        .hasMessageContaining(folder.toString());
  }

  /** What training code keeps beside its weights; Python's names of it, and its opcodes. */
  static Stream<Arguments> objects() {
    return Stream.of(
        Arguments.of(
            "cnumpy.core.multiarray\nscalar\nC\u0002f8\u0085R", "numpy.core.multiarray.scalar"),
        Arguments.of(
            "cnumpy.core.multiarray\n"
                + "_reconstruct\n"
                + "cnumpy\n"
                + "ndarray\n"
                + "K\0\u0085C\u0001b\u0087R(K\u0001K\u0002\u0085cnumpy\n"
                + "dtype\n"
                + "X\u0002\0\0\0f4\u0085R\u0089B\u0002\0\0\0abtb",
            "numpy.core.multiarray._reconstruct"),
        Arguments.of(
            "cargparse\nNamespace\n)\u0081}X\u0002\0\0\0lrK\u0001sb", "argparse.Namespace"),
        Arguments.of("cargparse\nNamespace\n)}\u0092", "argparse.Namespace"),
        Arguments.of("cpathlib\nPosixPath\nX\u0001\0\0\0/\u0085R", "pathlib.PosixPath"),
        Arguments.of("cdatetime\ndatetime\nC\u0001d\u0085R", "datetime.datetime"),
        Arguments.of("cbuiltins\nslice\nNNN\u0087R", "builtins.slice"),
        Arguments.of("cmy.training\nStage\nK\u0002\u0085R", "my.training.Stage"),
        Arguments.of("cmy.training\nItems\n)R(K\u0001K\u0002e", "my.training.Items"),
        Arguments.of("\u0096\u0002\0\0\0\0\0\0\0ab", "builtins.bytes"),
        Arguments.of("\u008f(cmy.training\nStage\n\u0090", null),
        Arguments.of("(cmy.training\nStage\n\u0091", null),
        Arguments.of("}cmy.training\nStage\nK\u0001s", null),
        Arguments.of("}K\u0001K\u0002\u0086K\u0001s", null),
        Arguments.of(
            "ccollections\ndefaultdict\ncbuiltins\nint\n\u0085RX\u0001\0\0\0kK\u0001s", null));
  }

  @ParameterizedTest
  @MethodSource("objects")
  void readsTheWeightsBesideAnObject(String pickled, String name) {
    String both =
        dict(tensor("K\0", "K\u0002\u0085", "K\u0001\u0085")).replaceFirst("\\.$", "")
            + "X\u0001\0\0\0o"
            + pickled
            + "s.";
    try (TensorStore store = open(both);
        Scope scope = Scope.open()) {
      assertThat(store.entries().keySet()).containsExactly("x");
      assertThat(Tensors.toFloats(store.load("x"))).containsExactly(0, 0);
      assertThat(store.metadata().get("o")).isEqualTo(name == null ? null : name + ", not read");
    }
  }

  /** A subclass of OrderedDict is made empty and filled then, as a model's own state dict is. */
  @Test
  void readsTheWeightsInsideADictionaryOfAnyClass() {
    String weight = tensor("K\0", "K\u0002\u0085", "K\u0001\u0085");
    for (String type : List.of("mmengine.config\nConfigDict", "collections\ndefaultdict")) {
      String filled = "c" + type + "\n)R(X\u0001\0\0\0w" + weight + "u";
      try (TensorStore store = open(dict(filled))) {
        assertThat(store.entries().keySet()).containsExactly("x.w");
      }
    }
  }

  @Test
  void namesTheObjectThatStandsWhereAWeightShould() {
    String both =
        dict(tensor("K\0", "K\u0002\u0085", "K\u0001\u0085")).replaceFirst("\\.$", "")
            + "X\u0001\0\0\0wctorch._utils\n_rebuild_qtensor\n)Rs.";
    try (TensorStore store = open(both)) {
      assertThatThrownBy(
              () ->
                  Fit.require(
                      store, Map.of("x", List.of(2L), "w", List.of(2L)), name -> name, List.of()))
          .hasMessageContaining(
              "1 missing: w (it is a quantised tensor, not read: give the unquantised checkpoint)");
    }
  }

  /** A complex tensor, one of a storage nobody knows, and one of a type nobody knows. */
  @Test
  void listsTensorsOfOtherTypesAndRefusesThemWhenTheyAreRead() {
    String one = tensor("K\0", "K\u0001\u0085", "K\u0001\u0085");
    Map<String, DType> types =
        Map.of(
            one.replace("FloatStorage", "ComplexFloatStorage").replace("K\u0002tQ", "K\u0001tQ"),
            DType.C64,
            one.replace("FloatStorage", "QUInt4x2Storage"),
            DType.UNKNOWN,
            FLOAT8.replace("float8_e4m3fn", "float8_e8m0fnu"),
            DType.F8_E8M0,
            FLOAT8.replace("float8_e4m3fn", "uint3"),
            DType.UNKNOWN);
    types.forEach(
        (pickled, type) -> {
          try (TensorStore store = open(dict(pickled));
              Scope scope = Scope.open()) {
            assertThat(store.entries().get("x").dtype()).isEqualTo(type);
            assertThatThrownBy(() -> store.load("x"))
                .isInstanceOf(CheckpointException.class)
                .hasMessageContaining("tensor 'x': its element type is " + type);
          }
        });
  }

  @Test
  void refusesEndlessPickles() {
    String pickle = "\u0080\u0002" + "N0".repeat(1_000_001) + "}.";
    assertThatThrownBy(() -> open(pickle).close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("more than 2000000 instructions");
  }

  /** Each of twelve dictionaries holds the one before ten times: 10^12 nodes from 600 bytes. */
  @Test
  void refusesTreesThatGrowWithoutBound() {
    StringBuilder pickle = new StringBuilder("\u0080\u0002}q\0");
    for (int level = 1; level <= 12; level++) {
      pickle.append("](").append(("h" + (char) (level - 1)).repeat(10)).append("eq");
      pickle.append((char) level);
    }
    assertThatThrownBy(() -> open(pickle + ".").close())
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("too large");
  }

  @Test
  void heapStaysInProportionToTheFile() {
    String dictionaries = "\u0080\u0004" + "}\u0094".repeat(900_000) + ".";
    FuzzedFile.survives(CheckpointBytes.zip(latin(dictionaries), new byte[8]));
    String objects = "\u0080\u0004]ca\nb\n\u0094" + ")R\u0094".repeat(600_000) + "a.";
    FuzzedFile.survives(CheckpointBytes.zip(latin(objects), new byte[8]));
    String names = "\u0080\u0004X\u00c8\0\0\0" + "n".repeat(200) + "\u0094h\0h\0\u0093";
    FuzzedFile.survives(
        CheckpointBytes.zip(latin(names + "h\0h\0\u0093".repeat(200_000) + "."), new byte[8]));
  }

  private TensorStore open(String pickle) {
    return CheckpointBytes.open(folder, CheckpointBytes.zip(latin(pickle), new byte[8]));
  }

  @Test
  void refusesAPickleThatIsNotPytorchs() throws IOException {
    Path file = Files.write(folder.resolve("x.pth"), latin("\u0080\u0002}."));
    assertThatThrownBy(() -> Checkpoints.open(file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("a pickle, but not one of PyTorch's");
  }
}
