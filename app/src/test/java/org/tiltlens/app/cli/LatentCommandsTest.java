package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.fixture.NoiseBundle;

/** All commands that draw, with a prior of latents and with one that is told a text. */
class LatentCommandsTest {
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private static Path bundles;
  @TempDir private Path folder;

  @BeforeAll
  static void write() throws IOException {
    NoiseBundle.writeLatent(Files.createDirectory(bundles.resolve("latent")), 3);
    NoiseBundle.writeTold(Files.createDirectory(bundles.resolve("told")), 3);
  }

  private Outcome run(String bundle, String command, String out, String... more) {
    List<String> arguments = new ArrayList<>(List.of(command));
    arguments.addAll(List.of("--bundle", bundles.resolve(bundle).toString()));
    arguments.addAll(List.of("--out", folder.resolve(out).toString(), "--threads", "1"));
    arguments.addAll(
        Arrays.stream(more).flatMap(words -> Arrays.stream(words.split(" "))).toList());
    return Outcome.of(arguments);
  }

  private JsonNode result(String out) throws IOException {
    return JSON.readTree(folder.resolve(out).resolve("run.json").toFile());
  }

  private String page(String out) throws IOException {
    return Files.readString(folder.resolve(out).resolve("index.html"));
  }

  @ParameterizedTest
  @CsvSource({
    "latent, exact, --pool-size 8 --particles 4",
    "told, exact, --pool-size 8 --particles 4",
    "latent, tilt, --steps 2",
    "told, tilt, --steps 2",
    "latent, twisted, --steps 2 --particles 4",
    "told, twisted, --steps 2 --particles 4",
    "latent, constant, --steps 2 --scale 0.1",
    "told, constant, --steps 2 --scale 0.1",
    "told, exact, --form lcm --pool-size 8 --particles 4",
    "latent, exact, --form heun --steps 3 --pool-size 8 --particles 4",
    "told, tilt, --form lcm --steps 2",
    "latent, tilt, --form heun --steps 3",
    "latent, tilt, --form dpmsolver --steps 3",
    "told, constant, --form lcm --steps 2 --scale 0.1",
  })
  void eachGuidanceDraws(String bundle, String guidance, String settings) throws IOException {
    String beta = guidance.equals("constant") ? "" : " --beta 1";
    run(
            bundle,
            "visualize",
            "out",
            "--feature 3 --count 2 --guidance " + guidance + beta + " " + settings)
        .assertDone();
    JsonNode images = result("out").at("/results/0/images");
    assertThat(images).hasSize(2);
    assertThat(images).allSatisfy(image -> assertThat(image.get("score").isNumber()).isTrue());
    assertThat(page("out").contains("p is p(x | prompt), of the prompt: the empty prompt."))
        .isEqualTo(bundle.equals("told"));
  }

  /** Said by run.json, and by a pool to the runs that start from it. */
  @Test
  void stepsAreThoseOfThePoolThatIsGiven() throws IOException {
    run("told", "pool", "pool", "--count 8 --form lcm").assertDone();
    assertThat(result("pool").at("/spec/steps/form/kind").asText()).isEqualTo("lcm");
    assertThat(result("pool").at("/spec/steps/respacing").asText()).isEqualTo("lcm4");
    String drawn = "--feature 3 --beta 1 --count 2 --particles 4 --pool " + folder.resolve("pool");
    run("told", "visualize", "run", drawn).assertDone();
    assertThat(result("run").at("/spec/steps"))
        .isEqualTo(result("pool").at("/spec/steps"))
        .isNotEmpty();
    run("told", "visualize", "other", drawn, "--form heun --steps 4")
        .assertRefused("drawn with the steps lcm4 (lcm,");
  }

  /** Each in the run's spec, and what has no place in it left out. */
  @ParameterizedTest
  @CsvSource({
    "compose, told, --form lcm, lcm, lcm4",
    "compose, latent, --form heun --steps 2, heun, ddim2",
    "compare, told, --form lcm --steps 2, lcm, lcm2",
    "frontier, told, --form lcm --steps 2, lcm, lcm2",
    "frontier, latent, --form heun --respacing trailing2, heun, trailing2",
  })
  void eachCommandTakesStepsOfAnyForm(
      String command, String bundle, String steps, String form, String respacing)
      throws IOException {
    String cheap =
        switch (command) {
          case "compose" -> "--feature 3 --guidance tilt --pilots 0 --count 1";
          case "compare" ->
              "--feature 3 --methods tilt,top_k --pilots 0 --count 2" + " --target-percentile 55";
          default -> "--feature 3 --count 2 --no-exact --betas 1";
        };
    run(bundle, command, "out", cheap, steps).assertDone();
    assertThat(result("out").at("/spec/form/kind").asText()).isEqualTo(form);
    assertThat(result("out").at("/spec/respacing").asText()).isEqualTo(respacing);
    assertThat(page("out")).contains(respacing + " (" + form + ")");
    if (command.equals("frontier")) {
      assertThat(result("out").at("/spec/particles").asInt()).isZero();
      assertThat(result("out").at("/spec/scales")).hasSize(form.equals("heun") ? 0 : 4);
    }
  }

  /** Said by the pool where nothing else is; one of another form is refused as of other steps. */
  @Test
  void whatStartsFromAPoolTakesItsForm() throws IOException {
    run("told", "pool", "pool", "--count 48 --form lcm --steps 2").assertDone();
    String pool = "--feature 3 --count 2 --pool " + folder.resolve("pool");
    run("told", "compose", "composed", pool, "--particles 4").assertDone();
    run("told", "compare", "compared", pool, "--methods exact --target-percentile 55").assertDone();
    run("told", "frontier", "frontier", pool, "--betas 0.1 --scales 0.1").assertDone();
    for (String out : List.of("composed", "compared", "frontier")) {
      assertThat(result(out).at("/spec/form/kind").asText()).isEqualTo("lcm");
      assertThat(result(out).at("/spec/respacing").asText()).isEqualTo("lcm2");
    }
    String refused = "--pool was drawn with the steps lcm2 (lcm,";
    run("told", "compose", "no", pool, "--form heun").assertRefused(refused);
    run("told", "frontier", "no", pool, "--form ddim").assertRefused(refused);
    run("told", "compare", "no", pool, "--methods exact --form heun --target-percentile 55")
        .assertRefused(refused);
  }

  @ParameterizedTest
  @ValueSource(strings = {"latent", "told"})
  void fromTheCorpus(String bundle) throws IOException {
    run(
            bundle,
            "visualize",
            "out",
            "--feature 3 --count 2 --beta 1 --from corpus --moves 1 --limit 34")
        .assertDone();
    assertThat(result("out").at("/results/0/renoised/origins")).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"latent", "told"})
  void severalUnits(String bundle) throws IOException {
    List<String> units =
        List.of("--unit", "feature:3@pre beta=1", "--unit", "feature:5@pre beta=2");
    List<String> arguments = new ArrayList<>(List.of("compose"));
    arguments.addAll(List.of("--bundle", bundles.resolve(bundle).toString()));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    arguments.addAll(units);
    arguments.addAll(List.of("--count", "2", "--pool-size", "8", "--particles", "4"));
    Outcome.of(arguments).assertDone();
    assertThat(result("out").at("/units")).hasSize(2);
  }

  @ParameterizedTest
  @ValueSource(strings = {"latent", "told"})
  void methodsBesideEachOther(String bundle) throws IOException {
    String cheap = "--feature 3 --count 2 --pool-size 48 --pilots 0 --target-percentile 55";
    assertThat(
            run(bundle, "compare", "out", cheap + " --methods top_k,exact,tilt --particles 4")
                .assertDone()
                .out())
        .contains("bits/dim are a bound for the latent, per dimension of the latent");
    assertThat(result("out").at("/results")).hasSize(3);
    assertThat(page("out").contains("of the prompt: the empty prompt."))
        .isEqualTo(bundle.equals("told"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"latent", "told"})
  void whatEachMethodPays(String bundle) throws IOException {
    run(
            bundle,
            "frontier",
            "out",
            "--feature 3 --count 2 --particles 3 --scales 0.1 --pool-size 16 --betas 1")
        .assertDone();
    assertThat(result("out").at("/points").size()).isGreaterThan(4);
  }

  @ParameterizedTest
  @ValueSource(strings = {"latent", "told"})
  void aPoolGrows(String bundle) throws IOException {
    run(bundle, "pool", "pool", "--count 2").assertDone();
    run(bundle, "pool", "pool", "--count 6").assertDone();
    run(bundle, "pool", "whole", "--count 6").assertDone();
    assertThat(result("pool").get("images_sha256")).isEqualTo(result("whole").get("images_sha256"));
  }

  @Test
  void aPromptIsOfThePoolAndOfTheRun() throws IOException {
    String drawn = "--feature 3 --beta 1 --count 2 --particles 4 --pool " + folder.resolve("pool");
    run("told", "pool", "pool", "--count 8 --prompt fox").assertDone();
    run("told", "pool", "other", "--count 8 --prompt car").assertDone();
    run("told", "pool", "said", "--count 8 --prompt fox --cfg 1").assertDone();
    assertThat(result("pool").get("images_sha256"))
        .isNotEqualTo(result("other").get("images_sha256"))
        .isEqualTo(result("said").get("images_sha256"));
    run("told", "pool", "pool", "--count 9 --prompt car")
        .assertRefused("holds a finished run with other settings");
    run("told", "visualize", "run", drawn, "--prompt car")
        .assertRefused("--pool was drawn with prompt=fox, not prompt=car");
    run("told", "visualize", "run", drawn, "--prompt fox --cfg 3")
        .assertRefused("--pool was drawn with guidance_scale=1, not guidance_scale=3");
    assertThat(run("told", "visualize", "run", drawn, "--prompt fox").assertDone().out())
        .contains("p is p(x | prompt), of the prompt: “fox”.");
    assertThat(page("run")).contains("p is p(x | prompt), of the prompt: “fox”.");
    assertThat(result("run").at("/spec/models/prior_options/prompt").asText()).isEqualTo("fox");
    run("told", "visualize", "run", "--feature 3 --beta 1 --count 2 --particles 4 --prompt car")
        .assertRefused("holds a finished run with other settings");
  }

  @Test
  void guidanceBeyondThePromptIsSaid() throws IOException {
    String drawn = "--feature 3 --beta 1 --count 1 --guidance tilt --steps 2 --prompt fox";
    run("told", "visualize", "plain", drawn).assertDone();
    run("told", "visualize", "sharp", drawn, "--cfg 4 --negative car").assertDone();
    assertThat(page("sharp"))
        .contains("guidance by 4 makes of p(x | prompt), of the prompt: “fox”, away from “car”")
        .contains("sharper than p(x | prompt)");
    assertThat(result("plain").at("/results/0/images/0/score"))
        .isNotEqualTo(result("sharp").at("/results/0/images/0/score"));
    run("told", "visualize", "no", drawn, "--negative car")
        .assertRefused("--negative 'car' says what guidance leads away from");
  }

  @Test
  void whatIsToldTwiceOrLeadsNowhereIsRefused() {
    String prior = bundles.resolve("told/pipeline").toString();
    String drawn = "--count 1 --steps 2 --prior " + prior + " --out " + folder.resolve("out");
    List<String> twice = List.of("--prompt", "fox", "--prior-option", "prompt=car");
    for (List<String> more : List.of(twice, List.of("--cfg", "3"))) {
      List<String> arguments = new ArrayList<>(List.of(("pool " + drawn).split(" ")));
      arguments.addAll(more);
      Outcome.of(arguments)
          .assertRefused(
              more == twice
                  ? "--prior-option, was told prompt=car, not --prompt fox: leave one out"
                  : "--cfg 3.0 leads from the empty prompt away from the same");
    }
  }

  /** Weights that cannot be read would be refused first if they were looked at. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--prompt long    | a prompt of 160 tokens, the prior's text encoder reads at most 75",
        "--negative car   | --negative 'car' says what guidance leads away from",
        "--cfg 3          | --cfg 3.0 leads from the empty prompt away from the same",
        "--cfg -1         | --cfg -1.0, must be a finite number of at least 0",
      })
  void whatCannotBeToldIsRefusedBeforeWeightsAreRead(String said, String expected)
      throws IOException {
    Path damaged = folder.resolve("damaged");
    NoiseBundle.copy(bundles.resolve("told/pipeline"), damaged);
    for (String part : List.of("unet", "vae")) {
      Files.writeString(
          damaged.resolve(part).resolve("diffusion_pytorch_model.safetensors"), "nothing");
    }
    List<String> words = new ArrayList<>(List.of(said.strip().split(" ")));
    words.set(1, words.get(1).replace("long", "long ".repeat(40).strip()));
    List<String> arguments =
        new ArrayList<>(List.of("pool", "--count", "1", "--prior", damaged.toString()));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    arguments.addAll(words);
    Outcome.of(arguments).assertRefused(expected);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @Test
  void aBundleThatSaysAnotherScheduleThanItsPriorIsRefused() throws IOException {
    Path bundle = folder.resolve("bundle");
    NoiseBundle.copy(bundles.resolve("told"), bundle);
    Path manifest = bundle.resolve("bundle.json");
    String own = Files.readString(manifest);
    Files.writeString(manifest, own.replace("scaled_linear:0.00085:0.012", "linear"));
    Outcome.of(List.of("compare", "--bundle", bundle.toString(), "--feature", "3"))
        .assertRefused("bundle.json' says noise_schedule linear of base_steps 1000, and the files");
  }

  @Test
  void bitsSayThatTheyAreOfLatents() throws IOException {
    String drawn = "--feature 3 --beta 1 --count 1 --guidance tilt --steps 2";
    String note = "bits/dim are a bound for the latent, per dimension of the latent";
    assertThat(run("latent", "visualize", "out", drawn).assertDone().out()).contains(note);
    assertThat(page("out")).contains(note);
  }

  @Test
  void aPriorThatIsToldAClassFollowsIt() throws IOException {
    String drawn = "--feature 3 --beta 1 --count 1 --guidance tilt --steps 2";
    run("latent", "visualize", "plain", drawn).assertDone();
    run("latent", "visualize", "sharp", drawn, "--cfg 4").assertDone();
    assertThat(result("plain").at("/results/0/images/0/score"))
        .isNotEqualTo(result("sharp").at("/results/0/images/0/score"));
    run("latent", "visualize", "told", drawn, "--prompt fox")
        .assertRefused("--prompt 'fox': the prior");
  }
}
