package org.tiltlens.models;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.run.Progress;

class FileHashesTest {
  private static final String SHA256_OF_ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  @TempDir Path folder;

  private Map<String, String> hashes(Path model) throws IOException {
    return FileHashes.of(List.of(model.toString()), Progress.SILENT);
  }

  private Path write(String name) throws IOException {
    return Files.writeString(folder.resolve(name), "abc");
  }

  @Test
  void ofAFolderTheWeightsAndTheSettingsCount() throws IOException {
    for (String name :
        List.of("cfg.json", "sae_weights.safetensors", "sae.pth", "params.npz", "notes.txt")) {
      write(name);
    }
    assertThat(hashes(folder))
        .containsOnlyKeys(
            folder + "/cfg.json",
            folder + "/sae_weights.safetensors",
            folder + "/sae.pth",
            folder + "/params.npz")
        .containsValue(SHA256_OF_ABC);
  }

  /** It would be read for ever. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void whatHasNoEndIsRefused() {
    assertThatThrownBy(() -> hashes(Path.of("/dev/zero")))
        .hasMessage("'/dev/zero' is neither a file nor a folder: give one");
  }

  @Test
  void ofAPipelineItsNetworkAndItsSchedulerCount() throws IOException {
    for (String inside : List.of("unet", "scheduler", "logs")) {
      Files.createDirectories(folder.resolve(inside));
    }
    for (String name :
        List.of("model_index.json", "unet/config.json", "scheduler/scheduler_config.json")) {
      write(name);
    }
    write("unet/diffusion_pytorch_model.safetensors");
    write("logs/run.json");
    assertThat(hashes(folder))
        .containsOnlyKeys(
            folder + "/model_index.json",
            folder + "/unet/config.json",
            folder + "/unet/diffusion_pytorch_model.safetensors",
            folder + "/scheduler/scheduler_config.json");
  }

  @Test
  void ofAFileTheSettingsBesideItCountToo() throws IOException {
    Path file = write("sae.pth");
    write("config.json");
    write("other.json");
    assertThat(hashes(file)).containsOnlyKeys(file.toString(), file + " + config.json");
    assertThat(hashes(file).keySet())
        .allMatch(entry -> FileHashes.isOf(file.toString(), entry))
        .noneMatch(entry -> FileHashes.isOf(folder.resolve("sae").toString(), entry));
  }
}
