package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Files that hold a network and its moving average. */
class SeveralNetworksTest {
  private static final Path GOLDENS = Path.of("../core/src/test/resources/goldens");

  @TempDir private static Path folder;

  @BeforeAll
  static void twoNetworks() {
    write("dinov3_convnext.pth", "vision.safetensors", "model_ema.", "model.");
    write("adm_unet.pt", "prior.safetensors", "ema.", "model.");
  }

  /** The golden network under the first prefix, another under the second. */
  private static void write(String golden, String name, String right, String wrong) {
    try (Scope scope = Scope.open();
        TensorStore one = Checkpoints.open(GOLDENS.resolve(golden))) {
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (String tensor : one.entries().keySet()) {
        tensors.put(right + tensor, one.load(tensor));
        tensors.put(wrong + tensor, Tensors.scale(one.load(tensor), 0.9));
      }
      SafetensorsWriter.write(folder.resolve(name), tensors, one.metadata());
    }
  }

  private static JsonNode run(String vision, String prior, String out, String... more)
      throws IOException {
    List<String> arguments = new ArrayList<>();
    arguments.addAll(
        List.of("visualize", "--vision", vision, "--hook", "stages.1.0.hook_resid_post"));
    arguments.addAll(List.of("--unit", "channel:5", "--guidance", "tilt", "--beta", "2"));
    arguments.addAll(List.of("--prior", prior, "--prior-option", "image_size=32"));
    arguments.addAll(List.of("--prior-option", "num_head_channels=16", "--steps", "2"));
    arguments.addAll(List.of("--count", "1", "--out", folder.resolve(out).toString()));
    arguments.addAll(List.of(more));
    Outcome outcome = Outcome.of(arguments);
    assertThat(outcome.code()).as(outcome.err()).isZero();
    boolean chosen = List.of(more).contains("--vision-part");
    boolean golden = vision.endsWith(".pth");
    assertThat(outcome.err().lines().toList()).hasSize(chosen || golden ? 0 : 2);
    if (!chosen && !golden) {
      assertThat(outcome.err())
          .contains("takes 'model_ema.' of it; --vision-part=model. takes another")
          .contains("takes 'ema.' of it; --prior-part=model. takes another");
    }
    return new ObjectMapper().readTree(folder.resolve(out).resolve("run.json").toFile());
  }

  @Test
  void theAverageIsTakenAndSaidOrTheOneThatIsNamed() throws IOException {
    String vision = folder.resolve("vision.safetensors").toString();
    String prior = folder.resolve("prior.safetensors").toString();
    JsonNode usual = run(vision, prior, "usual");
    JsonNode golden =
        run(
            GOLDENS.resolve("dinov3_convnext.pth").toString(),
            GOLDENS.resolve("adm_unet.pt").toString(),
            "golden");
    JsonNode other =
        run(vision, prior, "other", "--vision-part", "model.", "--prior-part", "model.");
    double expected = golden.at("/results/0/images/0/score").asDouble();
    assertThat(usual.at("/results/0/images/0/score").asDouble()).isEqualTo(expected);
    assertThat(other.at("/results/0/images/0/score").asDouble()).isNotEqualTo(expected);
    assertThat(other.findPath("vision_options").toString()).isEqualTo("{\"part\":\"model.\"}");
    assertThat(other.findPath("prior_options").path("part").asText()).isEqualTo("model.");
  }

  @Test
  void whereNoneIsUsualInspectNamesTheOptionThatChooses() {
    write("dinov3_convnext.pth", "twins.safetensors", "a.", "b.");
    Outcome twins = Outcome.of(List.of("inspect", folder.resolve("twins.safetensors").toString()));
    assertThat(twins.out())
        .contains("cannot be loaded: ")
        .contains("holds several vision networks, under [")
        .contains("choose one by --vision-part, such as '");
  }

  @Test
  void inspectListsThem() {
    Outcome vision =
        Outcome.of(List.of("inspect", folder.resolve("vision.safetensors").toString()));
    assertThat(vision.code()).isZero();
    assertThat(vision.out())
        .contains("--vision-part=model_ema. (the default)")
        .contains("--vision-part=model.\n")
        .contains("architecture: DINOv3 ConvNeXt");
    Outcome prior = Outcome.of(List.of("inspect", folder.resolve("prior.safetensors").toString()));
    assertThat(prior.out()).contains("--prior-part=ema. (the default)").contains("ADM UNet");
  }
}
