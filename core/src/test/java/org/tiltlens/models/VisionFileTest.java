package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.golden.Goldens;

/** What decides what a vision model is. */
@Tag("golden")
class VisionFileTest {
  @TempDir Path folder;

  private Path weights() throws IOException {
    Path golden = Goldens.file("dinov3_vit_mlp_hf").resolve("model.safetensors");
    Path own = Files.createDirectory(folder.resolve("dinov3-vitl16-sat493m"));
    return Files.copy(golden, own.resolve("model.safetensors"));
  }

  /** A file that says how images are prepared is hashed with the weights. */
  @Test
  void aPreprocessorBesideTheFileIsPartOfTheModel() throws IOException {
    Path file = weights();
    assertThat(VisionFile.names(file.toString())).containsExactly(file.toString());
    Path preprocessor = file.resolveSibling("preprocessor_config.json");
    Files.writeString(preprocessor, "{}");
    assertThat(VisionFile.names(file.toString()))
        .containsExactly(file.toString(), preprocessor.toString());
    String whole = file.getParent().toString();
    assertThat(VisionFile.names(whole)).containsExactly(whole);
  }

  @Test
  void satelliteWeightsAreWarnedOfUntilTheirImagesAreSaid() throws IOException {
    String file = weights().toString();
    assertThat(VisionFile.warning(file, Map.of()).orElseThrow())
        .contains(file)
        .contains("preset=satellite");
    assertThat(VisionFile.warning(file, Map.of("preset", "satellite"))).isEmpty();
    String program = Path.of("src/test/resources/torchscript/map.pt").toString();
    assertThat(VisionFile.warning(program, Map.of())).isEmpty();
  }
}
