package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;

/** A model given where another kind is expected: what it is, and which field takes it. */
@Tag("golden")
class ModelKindTest {
  private static final String RESOURCES = "src/test/resources/";
  private static final HookPoint HOOK = HookPoint.parse("blocks.0.hook_resid_post");

  private static void open(String field, String file) {
    Path golden = Goldens.file(file);
    String name = (golden.toFile().exists() ? golden : Path.of(RESOURCES, file)).toString();
    try (ModelShelf shelf = new ModelShelf()) {
      switch (field) {
        case "prior" -> shelf.prior(name, Map.of(), NoiseSchedule.linear(1000), Device.CPU);
        case "dictionary" -> shelf.dictionary(name, Device.CPU);
        default -> shelf.vision(name, Map.of(), HOOK, Device.CPU);
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "prior | dinov3_vit_mlp.pth | is a vision network, which `vision` takes: give `prior` a"
            + " diffusion prior",
        "prior | cnnsae | is a sparse dictionary, which `dictionary` takes: give `prior` a diff",
        "vision | cnnsae | is a sparse dictionary, which `dictionary` takes: give `vision` a"
            + " vision",
        "vision | adm_unet.pt | is a diffusion prior, which `prior` takes: give `vision` a vision",
        "vision | diffusers/ddpm | is a diffusion prior, which `prior` takes",
        "dictionary | dinov3_vit_mlp_hf | is a vision network, which `vision` takes: give"
            + " `dictionary` a sparse dictionary",
        "dictionary | torchscript/map.pt | `vision`",
        "dictionary | adm_unet.pt | is a diffusion prior, which `prior` takes",
      })
  void whatItIsAndWhatTakesItIsSaid(String field, String file, String problem) {
    assertThatThrownBy(() -> open(field, file))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining(problem)
        .message()
        .doesNotContain("\n");
  }

  /** Latent models have tensors of the names of vision networks, too. */
  @Test
  void aPriorThatIsNotReadIsNoVisionNetwork(@TempDir Path folder) {
    Path file = folder.resolve("sd.safetensors");
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors =
          Map.of(
              "first_stage_model.encoder.conv1.weight", Tensors.zeros(1),
              "first_stage_model.decoder.conv1.weight", Tensors.zeros(1));
      SafetensorsWriter.write(file, tensors, Map.of());
    }
    assertThatThrownBy(() -> PriorFile.open(file, Map.of(), Device.CPU))
        .isInstanceOf(CheckpointException.class)
        .hasMessageContaining("is a latent diffusion model");
    assertThatThrownBy(() -> VisionFile.open(file.toString(), Map.of(), HOOK, Device.CPU))
        .hasMessageContaining("is a diffusion prior, which `prior` takes");
  }

  /** What is of the right kind and cannot be read keeps its own reason. */
  @Test
  void anotherReasonStays() {
    assertThatThrownBy(() -> open("prior", "diffusers/ddpm/diffusion_pytorch_model.safetensors"))
        .hasMessageContaining("give the folder itself");
    assertThatThrownBy(() -> open("prior", "no-such-file")).hasMessageContaining("does not exist");
  }
}
