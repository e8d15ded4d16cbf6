package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.jobs.Command;
import org.tiltlens.jobs.Jobs;

/** The command line as scripts use it: exit codes, one line per error, files. */
class CommandLineTest {
  @TempDir private Path folder;

  @Test
  void everyJobIsACommand() {
    List<String> jobs = Jobs.all().stream().<String>map(Command::name).toList();
    assertThat(Tiltlens.commandLine().getSubcommands()).containsKeys(jobs.toArray(String[]::new));
  }

  @Test
  void visualizeWritesPicturesAndRunJson() throws IOException {
    Path out = folder.resolve("out");
    Outcome outcome =
        Outcome.of(
            GoldenModels.visualize(
                "--feature",
                "3",
                "--beta",
                "2",
                "--steps",
                "4",
                "--count",
                "2",
                "--out",
                out.toString()));
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).contains("feature:3@pre").contains("klsc/3-1.png");
    JsonNode json = new ObjectMapper().readTree(out.resolve("run.json").toFile());
    assertThat(json.path("seed").asLong()).isEqualTo(45);
    assertThat(json.at("/results/0/method").asText()).isEqualTo("klsc");
    assertThat(json.at("/results/0/images/1/file").asText()).isEqualTo("klsc/3-1.png");
    assertThat(json.at("/results/0/images/1/score").isNumber()).isTrue();
    assertThat(json.at("/results/0/images/1/score_after_topk").isNumber()).isTrue();
    assertThat(json.path("model_seconds_per_step").isNumber()).isTrue();
  }

  @Test
  void particlesAndLaddersTellLogZInTableAndRunJson() throws IOException {
    Outcome twisted =
        Outcome.of(
                GoldenModels.visualize(
                    "--feature",
                    "3",
                    "--beta",
                    "2",
                    "--guidance",
                    "twisted",
                    "--particles",
                    "4",
                    "--steps",
                    "3",
                    "--count",
                    "2",
                    "--out",
                    folder.resolve("twisted").toString()))
            .assertDone();
    assertThat(twisted.out()).contains("log Z", "KL(q_beta || p)", "ESS").doesNotContain("<=");
    JsonNode particles = result("twisted");
    assertThat(particles.at("/estimates/log_z/value")).isEqualTo(particles.path("log_z"));
    // A single family tells no error.
    assertThat(particles.at("/estimates/kl").has("standard_error"))
        .isEqualTo(particles.path("families").asInt() > 1);
    assertThat(particles.path("ess").isNumber()).isTrue();
    assertThat(particles.path("ess_per_step")).hasSize(4);
    assertThat(particles.has("path_kl")).isFalse();

    Outcome ladder =
        Outcome.of(
                GoldenModels.visualize(
                    "--feature",
                    "3",
                    "--beta",
                    "2",
                    "--betas",
                    "1",
                    "--steps",
                    "3",
                    "--count",
                    "2",
                    "--out",
                    folder.resolve("ladder").toString()))
            .assertDone();
    assertThat(ladder.out()).contains("log Z", "KL(q || q_beta) <=").doesNotContain("ESS");
    JsonNode tilt = result("ladder");
    assertThat(tilt.at("/ladder/1/beta").asDouble()).isEqualTo(1);
    assertThat(tilt.at("/estimates/path_kl/value")).isEqualTo(tilt.path("path_kl"));
    assertThat(tilt.at("/estimates/certificate/standard_error").isNumber()).isTrue();
    assertThat(tilt.has("ess")).isFalse();
  }

  private JsonNode result(String out) throws IOException {
    return new ObjectMapper()
        .readTree(folder.resolve(out).resolve("run.json").toFile())
        .at("/results/0");
  }

  @Test
  void presetEnergydpsUsesThePublishedSettings() {
    Path out = folder.resolve("out");
    Outcome outcome =
        Outcome.of(
            GoldenModels.visualize(
                "--preset",
                "energydps",
                "--hook",
                "stages.2.1.hook_resid_pre",
                "--feature",
                "3",
                "--cap",
                "15",
                "--steps",
                "2",
                "--count",
                "1",
                "--prior-option",
                "image_size=32",
                "--json",
                "--out",
                out.toString()));
    assertThat(outcome.err()).isEmpty();
    assertThat(outcome.code()).isZero();
    assertThat(outcome.out())
        .contains("\"kind\" : \"constant\"")
        .contains("\"scale\" : 1.0")
        .contains("\"kind\" : \"clip\"")
        .contains("\"alpha\" : \"0.7\"")
        .contains("\"center\" : 0.5");
  }

  @Test
  void repeatDrawsTheSamePictures() throws IOException {
    Path first = folder.resolve("first");
    Path again = folder.resolve("again");
    Outcome.of(
        GoldenModels.visualize(
            "--unit",
            "channel:5",
            "--hook",
            "stages.1.1.hook_conv_out",
            "--guidance",
            "constant",
            "--scale",
            "3",
            "--form",
            "ddim",
            "--steps",
            "5",
            "--count",
            "1",
            "--out",
            first.toString()));
    Outcome outcome =
        Outcome.of(List.of("visualize", "--repeat", first.toString(), "--out", again.toString()));
    assertThat(outcome.err()).isEmpty();
    assertThat(again.resolve("klsc/channel-5-0.png"))
        .hasSameBinaryContentAs(first.resolve("klsc/channel-5-0.png"));
    assertThat(outcome.out()).contains("The same bits as '" + first, "2 files of images are equal");
    List<String> itself =
        List.of("visualize", "--repeat", first.toString(), "--out", first.toString());
    assertThat(Outcome.of(itself).assertDone().out()).contains("that run itself, not drawn again");
    Files.writeString(first.resolve("klsc/channel-5-0.png"), "other");
    List<String> twice =
        List.of("visualize", "--repeat", first.toString(), "--out", again.toString());
    assertThat(Outcome.of(twice).assertDone().out())
        .contains("Not the same bits as", "1 of 2 files differ, such as klsc/channel-5-0.png");
    assertThat(
            Outcome.of(
                    List.of(
                        "visualize",
                        "--repeat",
                        first.resolve("run.json").toString(),
                        "--beta",
                        "2"))
                .err())
        .contains("--beta cannot be changed with --repeat");
  }

  @Test
  void inspectTellsTensorsAndArchitecture() {
    Outcome text =
        Outcome.of(List.of("inspect", GoldenModels.FOLDER.resolve("adm_unet.pt").toString()));
    assertThat(text.code()).isZero();
    assertThat(text.out())
        .contains("time_embed.0.weight")
        .contains("128 x 32")
        .contains("architecture: ADM UNet, 32 channels x 1,2");
    Outcome json =
        Outcome.of(
            List.of(
                "inspect", "--json", GoldenModels.FOLDER.resolve("dinov3_convnext_hf").toString()));
    assertThat(json.out())
        .contains("\"architecture\" : \"DINOv3 ConvNeXt")
        .contains("\"format\" : \"pt\"");
    Outcome vit =
        Outcome.of(List.of("inspect", GoldenModels.FOLDER.resolve("dinov3_vit_mlp_hf").toString()));
    assertThat(vit.out()).contains("architecture: DINOv3 ViT/16, 3 blocks of 48 channels, 3 heads");
  }

  @Test
  void aKilledRunGoesOnWhereItStopped() throws IOException, InterruptedException {
    Path killed = folder.resolve("killed");
    List<String> arguments =
        GoldenModels.visualize(
            "--feature",
            "3",
            "--beta",
            "2",
            "--steps",
            "12",
            "--count",
            "4",
            "--batch",
            "1",
            "--out",
            killed.toString());
    Process process = OwnProcess.start(arguments, folder.resolve("log"));
    Path second = killed.resolve("klsc/3-1.safetensors");
    for (int i = 0; i < 600 && process.isAlive() && !Files.exists(second); i++) {
      TimeUnit.MILLISECONDS.sleep(100);
    }
    process.destroyForcibly().waitFor();
    assertThat(second).exists();
    assertThat(killed.resolve("run.json")).doesNotExist();
    var written = Files.getLastModifiedTime(second);

    assertThat(Outcome.of(arguments).code()).isZero();
    assertThat(Files.getLastModifiedTime(second)).as("finished images are kept").isEqualTo(written);
    Path whole = folder.resolve("whole");
    arguments.set(arguments.size() - 1, whole.toString());
    assertThat(Outcome.of(arguments).code()).isZero();
    for (int i = 0; i < 4; i++) {
      String name = "klsc/3-" + i + ".safetensors";
      assertThat(killed.resolve(name)).hasSameBinaryContentAs(whole.resolve(name));
    }
  }
}
