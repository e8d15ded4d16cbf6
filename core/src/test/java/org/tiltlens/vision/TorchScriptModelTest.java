package org.tiltlens.vision;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.vision.TorchScriptModel.OUTPUT;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** The networks of {@code torchscript/make_networks.py}, read at their outputs. */
class TorchScriptModelTest {
  private static final Path FOLDER = Path.of("src/test/resources/torchscript");
  private static final HookPoint CLS = OUTPUT.of(HookPoint.Tokens.CLS);
  private static final HookPoint STORAGE = OUTPUT.of(HookPoint.Tokens.STORAGE);

  @TempDir private Path folder;
  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  /** {@code size=16 prefix_tokens=7} as options. */
  private static Map<String, String> options(String text) {
    Map<String, String> options = new TreeMap<>();
    for (String option : text.strip().split(" +")) {
      int equals = option.indexOf('=');
      if (equals > 0) {
        options.put(option.substring(0, equals), option.substring(equals + 1));
      }
    }
    return options;
  }

  private static TorchScriptModel model(String name, String options) {
    return TorchScriptModel.open(FOLDER.resolve(name + ".pt"), options(options), Device.CPU);
  }

  /** What PyTorch computed. */
  private static Tensor expected(String name, String tensor) {
    try (TensorStore store = Checkpoints.open(FOLDER.resolve(name + ".safetensors"))) {
      return store.load(tensor);
    }
  }

  private static void assertClose(Tensor actual, Tensor expected) {
    assertThat(Tensors.shape(actual)).isEqualTo(Tensors.shape(expected));
    assertThat(Tensors.toDoubles(actual.sub(expected).abs().max())[0]).isLessThan(1e-5);
  }

  @Test
  void mapsAreReadAsTheyAre() {
    try (TorchScriptModel model = model("map", "size=8")) {
      assertThat(model.hookPoints()).containsExactly(OUTPUT);
      assertThat(model.channels(OUTPUT)).isEqualTo(6);
      assertThat(model.describe())
          .isEqualTo("TorchScript network 'map.pt', returns 1x6x4x4 for one image");
      assertClose(model.activations(expected("map", "images"), OUTPUT), expected("map", "output"));
    }
  }

  /** Its size stands in grey.json. */
  @Test
  void vectorsAreMapsOfOnePosition() {
    try (TorchScriptModel model = model("grey", "")) {
      assertThat(model.hookPoints()).containsExactly(OUTPUT);
      assertThat(model.channels(OUTPUT)).isEqualTo(4);
      Tensor images = Autograd.leaf(expected("grey", "images"));
      Tensor found = model.activations(images, OUTPUT);
      assertClose(found, expected("grey", "output").reshape(2, 4, 1, 1));
      Tensor probe = expected("grey", "probe").reshape(2, 4, 1, 1);
      assertClose(
          Autograd.gradient(found.mul(probe).sum(), images), expected("grey", "input_grad"));
    }
  }

  @Test
  void tokensAreAMapRowByRow() {
    Tensor tokens = expected("tokens", "output"); // (2, 16, 5)
    assertTokens("size=16", OUTPUT, 4, 4, (y, x) -> tokens.select(1, 4 * y + x));
    assertTokens("size=16 map=2,8", OUTPUT, 2, 8, (y, x) -> tokens.select(1, 8 * y + x));
    String some = "size=16 prefix_tokens=7 cls=true";
    assertTokens(some, OUTPUT, 3, 3, (y, x) -> tokens.select(1, 7 + 3 * y + x));
    assertTokens(some, CLS, 1, 1, (y, x) -> tokens.select(1, 0));
    assertTokens(some, STORAGE, 1, 6, (y, x) -> tokens.select(1, 1 + x));
    String registers = "size=16 prefix_tokens=4 map=3,4";
    assertTokens(registers, OUTPUT, 3, 4, (y, x) -> tokens.select(1, 4 + 4 * y + x));
    assertTokens(registers, STORAGE, 1, 4, (y, x) -> tokens.select(1, x));
  }

  private interface Place {
    Tensor at(int y, int x);
  }

  private static void assertTokens(
      String options, HookPoint at, int rows, int columns, Place expected) {
    try (TorchScriptModel model = model("tokens", options)) {
      assertThat(model.hookPoints()).contains(at);
      assertThat(model.channels(at)).isEqualTo(5);
      Tensor found = model.activations(expected("tokens", "images"), at);
      assertThat(Tensors.shape(found)).containsExactly(2, 5, rows, columns);
      for (int y = 0; y < rows; y++) {
        for (int x = 0; x < columns; x++) {
          assertClose(found.select(2, y).select(2, x), expected.at(y, x));
        }
      }
    }
  }

  @Test
  void hookPointsAreWhatTheTokensAre() {
    Function<String, List<HookPoint>> of =
        options -> {
          try (TorchScriptModel model = model("tokens", options)) {
            return new ArrayList<>(model.hookPoints());
          }
        };
    assertThat(of.apply("size=16")).containsExactly(OUTPUT);
    assertThat(of.apply("size=16 prefix_tokens=1 cls=true map=3,5")).containsExactly(OUTPUT, CLS);
    assertThat(of.apply("size=16 prefix_tokens=7")).containsExactly(OUTPUT, STORAGE);
    assertThat(of.apply("size=16 prefix_tokens=7 cls=true")).containsExactly(OUTPUT, CLS, STORAGE);
  }

  @Test
  void otherHookPointsAreRefused() {
    try (TorchScriptModel map = model("map", "size=8");
        TorchScriptModel tokens = model("tokens", "size=16")) {
      assertThatThrownBy(() -> map.channels(HookPoint.parse("stages.2.20.hook_resid_pre")))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "hook point 'stages.2.20.hook_resid_pre' does not exist: TorchScript network 'map.pt'"
                  + " has module.hook_output");
      assertThatThrownBy(() -> tokens.activations(Tensors.zeros(1, 3, 16, 16), CLS))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage(
              "hook point 'module.hook_output@cls' does not exist: TorchScript network 'tokens.pt'"
                  + " has module.hook_output; prefix_tokens and cls tell of other tokens");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "map    |                                | 'map.pt': the size of its images is not stated",
        "grey   | size=9                         | 'grey.pt': the program fails on a tensor of",
        "number | size=8                         | 'number.pt': the program returns a Double",
        "map    | size=8 cls=true prefix_tokens=1 | prefix_tokens, cls and map are said of tokens",
        "map    | size=8 cls=true                | cls is true, but prefix_tokens is 0",
        "tokens | size=16 prefix_tokens=1        | 16 tokens less 1 before the patches are no map",
        "tokens | size=16 prefix_tokens=16       | 16 tokens less 16 before the patches are no",
        "tokens | size=16 prefix_tokens=99       | 16 tokens less 99 before the patches are no",
        "tokens | size=16 map=3,5                | no map of 3 x 5",
        "tokens | size=16 map=4                  | map is [4], expected rows and columns",
        "tokens | size=16 map=0,16               | map is [0, 16], expected rows and columns",
        "tokens | size=16 map=2.5,4              | map is [2.5,4], expected whole numbers",
        "tokens | size=16 prefix_tokens=-1       | prefix_tokens is -1, expected 0..1048576",
        "tokens | size=16 prefix_tokens=x        | prefix_tokens is \"x\", expected a whole number",
        "tokens | size=16 cls=yes                | cls is \"yes\", expected true or false",
        "tokens | side=16                        | unknown key 'side', expected some of [channels,",
        "tokens | size=sixteen                   | size is \"sixteen\", expected a whole number",
        "tokens | size=                          | size is \"\", expected a whole number of pixels",
        "tokens | size=16 mean=1,,1              | mean is \"1,,1\", expected a list of numbers",
        "tokens | size=16 channels=hsv           | channels is \"hsv\", expected rgb, bgr or grey",
      })
  void whatDoesNotFitIsOneLine(String name, String options, String message) {
    assertThatThrownBy(() -> model(name, options == null ? "" : options))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(message)
        .message()
        .doesNotContain("\n");
  }

  /** tokens.json says bgr, 0..255 and means in that range. */
  @Test
  void optionsWinOverTheFile() throws IOException {
    Path network = folder.resolve("net.pt");
    Files.writeString(folder.resolve("net.json"), "{\"channels\": \"bgr\", \"size\": 8}");
    Preprocessing images =
        NetworkSettings.of(network, options("size=16 channels=grey mean=0.25 std=0.5 range=-1,1"))
            .images();
    assertThat(images)
        .isEqualTo(
            new Preprocessing(
                Preprocessing.Channels.GREY,
                -1,
                1,
                List.of(0.25),
                List.of(0.5),
                java.util.OptionalInt.of(16)));
    assertThat(NetworkSettings.of(network, options("size=9")).images().channels())
        .isEqualTo(Preprocessing.Channels.BGR);
    assertThatThrownBy(() -> NetworkSettings.of(network, options("size=0")))
        .hasMessage(
            folder.resolve("net.json") + " and the options {size=0}: size is 0, expected 1..16384");
  }

  @Test
  void programsAreToldFromCheckpoints() throws IOException {
    assertThat(Checkpoints.isProgram(FOLDER.resolve("map.pt"))).isTrue();
    assertThat(Checkpoints.isProgram(FOLDER.resolve("number.pt"))).isTrue();
    assertThat(Checkpoints.isProgram(FOLDER.resolve("map.safetensors"))).isFalse();
    assertThat(Checkpoints.isProgram(FOLDER)).isFalse();
    assertThat(Checkpoints.isProgram(folder.resolve("missing.pt"))).isFalse();
    assertThat(Checkpoints.isProgram(Files.createFile(folder.resolve("empty.pt")))).isFalse();
    Path goldens = Path.of("src/test/resources/goldens");
    assertThat(Checkpoints.isProgram(goldens.resolve("adm_unet.pt"))).isFalse();
    assertThat(Checkpoints.isProgram(goldens.resolve("dinov3_convnext.pth"))).isFalse();
    byte[] whole = Files.readAllBytes(FOLDER.resolve("map.pt"));
    Path cut = folder.resolve("cut.pt");
    Files.write(cut, java.util.Arrays.copyOf(whole, whole.length / 2));
    assertThat(Checkpoints.isProgram(cut)).isFalse();
  }
}
