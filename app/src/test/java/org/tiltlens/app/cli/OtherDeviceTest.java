package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.torch.DeferredDevice;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Commands on a device whose tensors are not the processor's: they do what they do on the
 * processor, and no tensor is made on the wrong side. Not {@code demo}, which draws too much.
 */
@EnabledOnOs(value = OS.LINUX, disabledReason = "starts the engine's deferred device by its name")
class OtherDeviceTest {
  /** What is measured of the run itself, and ranks, which rounding may exchange. */
  private static final String OF_THE_RUN = ".*(seconds|bytes|rank).*";

  @TempDir static Path bundle;
  @TempDir Path folder;
  private static DeferredDevice device;

  @BeforeAll
  static void start() throws IOException {
    device = DeferredDevice.open();
    TinyBundle.write(bundle);
    try (Scope scope = Scope.open()) {
      Images.writePng(
          bundle.resolve("picture.png"),
          Images.toImage(Tensors.scale(Noise.normal(5, 0, 0, 3, 32, 32), 0.4)));
    }
    // The same images in two classes.
    Files.copy(bundle.resolve("images-idx3-ubyte"), bundle.resolve("labelled-images-idx3-ubyte"));
    ByteBuffer labels = ByteBuffer.allocate(8 + TinyBundle.IMAGES);
    labels.putInt(0x801).putInt(TinyBundle.IMAGES);
    for (int i = 0; i < TinyBundle.IMAGES; i++) {
      labels.put((byte) (i % 2));
    }
    Files.write(bundle.resolve("labelled-labels-idx1-ubyte"), labels.array());
  }

  @AfterAll
  static void stop() {
    device.close();
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "retrieve | --bundle B --feature 3 --images B/images-idx3-ubyte --count 2 --beta 0.5"
            + " --center 1",
        "explain | --bundle B --unit feature:3 --image B/picture.png --occlusion-patch 16",
        "visualize | --bundle B --feature 3 --guidance tilt --beta 0.5 --count 2 --steps 2",
        "visualize | --bundle B --feature 3 --guidance constant --scale 1 --count 1 --steps 2",
        "visualize | --bundle B --feature 3 --guidance twisted --particles 2 --beta 0.5 --count 1"
            + " --steps 2",
        "visualize | --bundle B --feature 3 --beta 0.3 --count 1 --pool-size 2 --particles 2"
            + " --moves 1 --steps 2 --cache F",
        "compose | --bundle B --unit feature:3@pre~beta=0.5 --unit channel:1~beta=0.1"
            + " --guidance tilt --count 1 --steps 2",
        "frontier | --bundle B --feature 3 --betas 0.5 --scales 1 --count 2 --particles 0"
            + " --no-exact --steps 2",
        "compare | --bundle B --features 3 --methods top_k,tilt,pixel,fourier,maco,vital --count 2"
            + " --particles 2 --target-percentile 80 --pilots 0 --reference 10 --steps 2 --batch 2"
            + " --set pixel.steps=1 --set fourier.steps=1 --set maco.steps=1 --set vital.steps=1",
      })
  void aCommandDoesWhatItDoesOnTheProcessor(String command, String options) throws IOException {
    Map<String, Double> here = numbers(run(command, options, "cpu"));
    Map<String, Double> there = numbers(run(command, options, DeferredDevice.DEVICE.name()));
    assertClose(there, here);
  }

  private static void assertClose(Map<String, Double> there, Map<String, Double> here) {
    assertThat(there.keySet()).isNotEmpty().isEqualTo(here.keySet());
    here.forEach(
        (name, number) ->
            assertThat(there.get(name)).as(name).isCloseTo(number, within(tolerance(number))));
  }

  /** A harvest has its result in a table. */
  @Test
  void aHarvestFindsWhatItFindsOnTheProcessor() throws IOException {
    Map<String, Double> here = harvested("cpu");
    Map<String, Double> there = harvested(DeferredDevice.DEVICE.name());
    assertClose(there, here);
  }

  private Map<String, Double> harvested(String where) throws IOException {
    String table = folder.resolve(where.replace(':', '-') + ".parquet").toString();
    List<String> arguments = List.of("--images", bundle.resolve("images-idx3-ubyte").toString());
    Outcome.of(
            Stream.of(
                    List.of("harvest", "--bundle", bundle.toString(), "--limit", "8"),
                    arguments,
                    List.of("--device", where, "--out", table))
                .flatMap(List::stream)
                .toList())
        .assertDone();
    Outcome listed = Outcome.of(List.of("features", "--json", "--limit", "20", table)).assertDone();
    return numbers(new ObjectMapper().readTree(listed.out()));
  }

  /**
   * Trainings end with a file, whose numbers depend on rounding that steps make larger. Of one step
   * and few layers: what is deferred carries all that came before it. Without label smoothing, of
   * which the deferred device makes a program that mixes its numbers' types.
   */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "pool --bundle B --count 2 --steps 2",
        "train dictionary --vision B/dinov3_convnext_hf --images B/images-idx3-ubyte"
            + " --image-size 32 --block stages.1.0 --expansion 2 --top-k 4 --batch 8 --steps 2",
        "train vision --images B/labelled-images-idx3-ubyte --image-size 16 --dims 8,16"
            + " --depths 1,1 --label-smoothing 0 --batch 2 --steps 1",
        "train prior --images B/images-idx3-ubyte --image-size 16 --channels 32 --channel-mult 1"
            + " --res-blocks 1 --attention 0 --samples 2 --sample-steps 2 --batch 2 --steps 1",
        "train autoencoder --images B/images-idx3-ubyte --image-size 16 --channels 4 --groups 4"
            + " --compared 2 --batch 2 --steps 1",
      })
  void whatHasNoResultToCompareEndsWell(String command) {
    List<String> arguments = new ArrayList<>();
    for (String word : command.split(" ")) {
      arguments.add(word.replaceFirst("^B", bundle.toString()));
    }
    arguments.addAll(List.of("--device", DeferredDevice.DEVICE.name()));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    Outcome.of(arguments).assertDone();
  }

  private static double tolerance(double number) {
    return 1e-3 + 1e-2 * Math.abs(number);
  }

  private JsonNode run(String command, String options, String where) throws IOException {
    List<String> arguments = new ArrayList<>(List.of(command));
    for (String option : options.split(" ")) {
      arguments.add(
          option
              .replaceFirst("^B", bundle.toString())
              .replaceFirst("^F$", folder.toString())
              .replace('~', ' '));
    }
    String out = folder.resolve(where.replace(':', '-')).toString();
    arguments.addAll(List.of("--device", where, "--json", "--out", out));
    return new ObjectMapper().readTree(Outcome.of(arguments).assertDone().out());
  }

  /** Every number of a result, by its place. */
  private static Map<String, Double> numbers(JsonNode result) {
    Map<String, Double> numbers = new TreeMap<>();
    collect("", result, numbers);
    return numbers;
  }

  private static void collect(String place, JsonNode node, Map<String, Double> numbers) {
    if (node.isNumber()) {
      numbers.put(place, node.doubleValue());
    }
    node.fields()
        .forEachRemaining(
            field -> {
              if (!field.getKey().matches(OF_THE_RUN)) {
                collect(place + "/" + field.getKey(), field.getValue(), numbers);
              }
            });
    for (int i = 0; node.isArray() && i < node.size(); i++) {
      collect(place + "/" + i, node.get(i), numbers);
    }
  }
}
