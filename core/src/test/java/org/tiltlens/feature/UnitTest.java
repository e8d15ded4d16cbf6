package org.tiltlens.feature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;

/** Units by what they are written as. */
class UnitTest {
  private static final HookPoint BLOCK = HookPoint.parse("blocks.3.hook_resid_post");
  private static final HookPoint OUTPUT = HookPoint.parse("module.hook_output");

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

  private static Unit unit(String text) {
    return Unit.parse(text, Optional.empty());
  }

  private String directions(Map<String, Tensor> vectors) {
    Path file = folder.resolve("a #1.safetensors");
    SafetensorsWriter.write(file, vectors, Map.of());
    return file.toString();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "channel:12",
        "neuron:12@3,4",
        "logit:207",
        "cls:5",
        "storage:5@2",
        "cls:999999999"
      })
  void unitsPrintWhatTheyWereReadFrom(String text) {
    assertThat(unit(text)).hasToString(text);
    assertThat(Unit.file(text)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "logit",
        "logit:",
        "logit:-1",
        "logit:1@2",
        "cls:5@1",
        "storage:5",
        "storage:5@",
        "cls:1e3",
        "neuron:1@2",
        "direction:",
        "direction:f.safetensors",
        "direction:#x",
        "direction:f#",
        "Logit:1",
        "channel:1234567890",
        "channel:1\n"
      })
  void otherTextsAreRefusedWithTheForms(String text) {
    assertThatThrownBy(() -> unit(text))
        .hasMessage(
            "unit '"
                + text
                + "' is not understood: expected one of feature:J, feature:J@pre, channel:C,"
                + " neuron:C@ROW,COLUMN, direction:FILE.safetensors#NAME, logit:C, cls:C,"
                + " storage:C@TOKEN; @ROW,COLUMN after a feature, channel or direction for it at"
                + " one position");
  }

  @Test
  void aPlacedUnitIsItsMapThereLessFourTimesWhatExceedsItFarAway() {
    Tensor a = Noise.normal(2, 0, 0, 2, 3, 4, 5);
    float[] values = Tensors.toFloats(a.select(1, 1).contiguous()); // (2, 4, 5)
    for (int y = 0; y < 4; y++) {
      for (int x = 0; x < 5; x++) {
        Unit placed = Unit.parse("channel:1@" + y + "," + x, Optional.empty());
        assertThat(placed).hasToString("channel:1@" + y + "," + x);
        float[] scores = Tensors.toFloats(placed.map(a));
        for (int image = 0; image < 2; image++) {
          float there = values[image * 20 + y * 5 + x];
          float far = Float.NEGATIVE_INFINITY;
          for (int i = 0; i < 20; i++) {
            boolean near = Math.abs(i / 5 - y) <= 1 && Math.abs(i % 5 - x) <= 1;
            far = near ? far : Math.max(far, values[image * 20 + i]);
          }
          assertThat(scores[image]).isEqualTo(there - 4 * Math.max(0, far - there));
        }
      }
    }
  }

  @Test
  void whereNothingIsFarAwayAPlacedUnitIsItsMapThere() {
    Tensor a = Noise.normal(2, 0, 0, 2, 3, 2, 2);
    assertThat(Tensors.toFloats(Unit.parse("channel:1@1,0", Optional.empty()).map(a)))
        .containsExactly(Tensors.toFloats(Unit.parse("neuron:1@1,0", Optional.empty()).map(a)));
  }

  @Test
  void placesOutsideTheMapAreNamed() {
    Tensor a = Noise.normal(2, 0, 0, 2, 3, 4, 5);
    assertThatThrownBy(() -> Unit.parse("channel:1@4,0", Optional.empty()).map(a))
        .hasMessage("row 4 does not exist: the hook point has rows 0..3");
    assertThatThrownBy(() -> Unit.parse("channel:1@0,5", Optional.empty()).map(a))
        .hasMessage("column 5 does not exist: the hook point has columns 0..4");
    assertThat(Unit.file("direction:a.safetensors#v@1,2")).contains("a.safetensors");
  }

  /** As stored: not made of length 1. */
  @Test
  void aDirectionIsTheDotProductWithItsVector() {
    Tensor a = Noise.normal(2, 0, 0, 2, 3, 4, 5);
    Tensor[] channels = {a.select(1, 0), a.select(1, 1), a.select(1, 2)};
    Tensor expected =
        Tensors.scale(channels[0], 3)
            .add(Tensors.scale(channels[1], -4))
            .add(Tensors.scale(channels[2], 0.5));
    String file = directions(Map.of("probe", Tensors.doubles(new double[] {3, -4, 0.5}, 3)));
    Unit unit = unit("direction:" + file + "#probe");
    assertThat(unit).hasToString("direction:" + file + "#probe");
    assertThat(Unit.file(unit.toString())).contains(file);
    assertThat(unit.within(BLOCK)).isEqualTo(BLOCK);
    assertThat(Tensors.shape(unit.map(a))).containsExactly(2, 4, 5);
    assertThat(Tensors.toDoubles(unit.map(a).sub(expected).abs().max())[0]).isLessThan(1e-6);

    Tensor leaf = Autograd.leaf(a);
    Tensor gradient = Autograd.gradient(unit.map(leaf).sum(), leaf);
    assertThat(Tensors.toFloats(gradient.select(1, 1))).containsOnly(-4);
  }

  @Test
  void directionsThatDoNotFitAreRefused() {
    String file =
        directions(
            Map.of(
                "two", Tensors.zeros(2),
                "matrix", Tensors.zeros(3, 4),
                "none", Tensors.zeros(0),
                "bad", Tensors.floats(new float[] {1, Float.NaN}, 2)));
    assertThatThrownBy(() -> unit("direction:" + file + "#two").requireAmong(3))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "direction 'two' has 2 numbers, but the hook point has 3 channels: expected one for"
                + " each");
    assertThatThrownBy(() -> unit("direction:" + file + "#two").map(Tensors.zeros(1, 3, 2, 2)))
        .hasMessageContaining("2 numbers, but the hook point has 3 channels");
    assertThatThrownBy(() -> unit("direction:" + file + "#matrix"))
        .isInstanceOf(CheckpointException.class)
        .hasMessage(
            "'"
                + file
                + "': 'matrix' has shape [3, 4], expected a vector: [C], one number per"
                + " channel");
    assertThatThrownBy(() -> unit("direction:" + file + "#none")).hasMessageContaining("shape [0]");
    assertThatThrownBy(() -> unit("direction:" + file + "#bad"))
        .hasMessage("'" + file + "': 'bad' is NaN at channel 1, expected finite numbers");
    assertThatThrownBy(() -> unit("direction:" + file + "#three"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageStartingWith("'" + file + "' holds no 'three': expected one of ")
        .hasMessageContaining("matrix");
    assertThatThrownBy(() -> unit("direction:" + folder.resolve("no.safetensors") + "#x"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("does not exist");
  }

  @Test
  void logitsAreOfVectorOutputs() {
    Tensor logits = Noise.normal(2, 0, 0, 2, 4, 1, 1);
    Unit unit = unit("logit:3");
    assertThat(unit.within(OUTPUT)).isEqualTo(OUTPUT);
    assertThat(Tensors.shape(unit.map(logits))).containsExactly(2, 1, 1);
    assertThat(Tensors.toFloats(unit.map(logits))).isEqualTo(Tensors.toFloats(logits.select(1, 3)));
    assertThatThrownBy(() -> unit("logit:4").requireAmong(4))
        .hasMessage("logit 4 does not exist: the hook point has logits 0..3");
    assertThatThrownBy(() -> unit.within(BLOCK))
        .hasMessage(
            "logit:3 is one number of a network's vector output, not of blocks.3.hook_resid_post;"
                + " channel:3 is read everywhere");
    assertThatThrownBy(() -> unit.map(Tensors.zeros(1, 4, 7, 5)))
        .hasMessage(
            "logit:3 is one number of a network's vector output, not of a map of 7 x 5;"
                + " channel:3 is read everywhere");
  }

  @Test
  void tokensAreReadAtTheirOwnHookPoints() {
    Tensor cls = Noise.normal(2, 0, 0, 2, 6, 1, 1);
    assertThat(unit("cls:5").within(BLOCK)).hasToString("blocks.3.hook_resid_post@cls");
    assertThat(Tensors.shape(unit("cls:5").map(cls))).containsExactly(2, 1, 1);
    assertThat(Tensors.toFloats(unit("cls:5").map(cls)))
        .isEqualTo(Tensors.toFloats(cls.select(1, 5)));
    assertThatThrownBy(() -> unit("cls:6").requireAmong(6))
        .hasMessage("channel 6 does not exist: the hook point has channels 0..5");

    Tensor storage = Noise.normal(3, 0, 0, 2, 6, 1, 4);
    assertThat(unit("storage:5@2").within(BLOCK)).hasToString("blocks.3.hook_resid_post@storage");
    assertThat(Tensors.shape(unit("storage:5@2").map(storage))).containsExactly(2, 1, 1);
    assertThat(Tensors.toFloats(unit("storage:5@2").map(storage)))
        .isEqualTo(Tensors.toFloats(storage.select(1, 5).select(2, 2)));
    assertThatThrownBy(() -> unit("storage:6@2").requireAmong(6))
        .hasMessage("channel 6 does not exist: the hook point has channels 0..5");
    assertThatThrownBy(() -> unit("storage:5@4").map(storage))
        .hasMessage("storage token 4 does not exist: the hook point has storage tokens 0..3");
  }
}
