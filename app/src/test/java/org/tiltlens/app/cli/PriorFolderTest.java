package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Priors that say themselves how they were trained, and such as have classes. */
class PriorFolderTest {
  private static final Path MODELS = Path.of("../core/src/test/resources");
  private static final String SCHEDULER = "scheduler_config.json";

  @TempDir private Path folder;

  private Path model() throws IOException {
    Path copied = Files.createDirectories(folder.resolve("prior"));
    for (String file : List.of("config.json", "diffusion_pytorch_model.safetensors", SCHEDULER)) {
      Files.copy(MODELS.resolve("diffusers/ddpm").resolve(file), copied.resolve(file));
    }
    Path scheduler = copied.resolve(SCHEDULER);
    String text = Files.readString(scheduler);
    assertThat(text).contains("0.02");
    Files.writeString(scheduler, text.replace("0.02", "0.015"));
    return copied;
  }

  private Outcome pool(Path prior, String out, String... more) {
    List<String> arguments = new ArrayList<>(List.of("pool", "--prior", prior.toString()));
    arguments.addAll(List.of("--count", "1", "--steps", "2"));
    arguments.addAll(List.of("--out", folder.resolve(out).toString()));
    arguments.addAll(List.of(more));
    return Outcome.of(arguments);
  }

  private JsonNode steps(String out) throws IOException {
    Path run = folder.resolve(out).resolve("run.json");
    return new ObjectMapper().readTree(Files.readString(run)).at("/spec/steps");
  }

  @Test
  void schedulerOfAFolderIsTakenUnlessAnotherIsGiven() throws IOException {
    Path prior = model();
    assertThat(pool(prior, "own").code()).isZero();
    assertThat(steps("own").get("schedule").textValue()).isEqualTo("linear:1.0E-4:0.015");
    assertThat(steps("own").get("base_steps").intValue()).isEqualTo(1000);
    assertThat(pool(prior, "given", "--noise-schedule", "cosine").code()).isZero();
    assertThat(steps("given").get("schedule").textValue()).isEqualTo("cosine");
    Files.delete(prior.resolve(SCHEDULER));
    pool(prior, "none")
        .assertRefused("has no scheduler_config.json, which says its noise schedule: put it there");
    assertThat(pool(prior, "said", "--noise-schedule", "linear").code()).isZero();
  }

  @Test
  void classesAreAskedForByTheirOption() {
    Path prior = MODELS.resolve("edm/ddpmpp.safetensors");
    pool(prior, "out").assertRefused("give --prior-option sigma_data=0.5");
    pool(prior, "out", "--prior-option", "sigma_data=0.5")
        .assertRefused("give a label from 0 to 2, such as --prior-option label=0");
    pool(prior, "out", "--prior-option", "sigma_data=0.5", "--prior-option", "label=3")
        .assertRefused("label '3' is none of the prior's");
    Outcome any =
        pool(prior, "out", "--prior-option", "sigma_data=0.5", "--prior-option", "label=any");
    assertThat(any.code()).as(any.err()).isZero();
  }

  @Test
  void classesAreFollowedAsStronglyAsIsSaid() throws IOException {
    Path prior = MODELS.resolve("edm/ddpmpp.safetensors");
    String[] plain = {"--prior-option", "sigma_data=0.5", "--prior-option", "label=1"};
    List<String> guided = new ArrayList<>(List.of(plain));
    guided.addAll(List.of("--prior-option", "guidance_scale=1"));
    List<byte[]> images = new ArrayList<>();
    images.add(image(pool(prior, "plain", plain), "plain"));
    for (String scale : List.of("1", "3")) {
      guided.set(guided.size() - 1, "guidance_scale=" + scale);
      images.add(image(pool(prior, scale, guided.toArray(String[]::new)), scale));
    }
    assertThat(images.get(1)).isEqualTo(images.get(0));
    assertThat(images.get(2)).isNotEqualTo(images.get(0));
    pool(
            prior,
            "out",
            "--prior-option",
            "sigma_data=0.5",
            "--prior-option",
            "guidance_scale=2",
            "--prior-option",
            "label=none")
        .assertRefused(
            "--cfg 2 needs a text or classes to follow, and the prior is told none: give"
                + " --prior-option label=K");
    guided.set(guided.size() - 1, "guidance_scale=much");
    pool(prior, "out", guided.toArray(String[]::new))
        .assertRefused("option guidance_scale: 'much' is no number, such as 1.5");
  }

  private byte[] image(Outcome drawn, String out) throws IOException {
    assertThat(drawn.code()).as(drawn.err()).isZero();
    return Files.readAllBytes(folder.resolve(out).resolve("images-1.zip"));
  }
}
