package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What the command line refuses, in one line that names the value, what was expected and the fix.
 */
class RefusalsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--feature 3 --beta 1 --bogus 4               | unknown option '--bogus'",
        "--feature 3 --beta lots                      | 'lots' is not a number",
        "--feature 3                                  | --guidance tilt needs one of --beta,"
            + " --activation and --target-percentile",
        "--feature 3 --beta 1 --scale 2               | --scale 2.0 has a meaning only with"
            + " --guidance constant",
        "--feature 3 --beta NaN                       | illegal --beta: NaN, must be a finite"
            + " number",
        "--beta 1                                     | give one of --feature J and --unit U",
        "--feature 999 --beta 1                       | feature 999 does not exist: the dictionary"
            + " has features 0..127",
        "--unit channel:99 --beta 1                   | channel 99 does not exist",
        "--unit colour:red --beta 1                   | unit 'colour:red' is not understood",
        "--feature 3 --beta 1 --hook stages.2.40.hook_resid_pre | stage 2 has blocks 0..2",
        "--feature 3 --beta 1 --hook stages.1.0.hook_resid_pre  | it was trained at"
            + " stages.2.1.hook_resid_pre",
        "--feature 3 --beta 1 --respacing ddim999     | ddim999",
        "--feature 3 --beta 1 --steps 5 --respacing 5 | --steps 5 and respacing 5 are both given:"
            + " leave one",
        "--feature 3 --guidance constant --form heun | --form heun has no place for --guidance"
            + " constant: give --guidance tilt, or --form ddpm",
        "--feature 3 --beta 1 --reduction median      | illegal --reduction 'median', expected one"
            + " of max, mean, mix, lse",
        "--feature 3 --beta 1 --objective most        | illegal --objective 'most', expected one of"
            + " max, clip, hinge, target",
        "--feature 3 --beta 1 --guidance tlit         | illegal --guidance 'tlit', expected one of"
            + " exact, tilt, twisted, constant",
        "--feature 3 --guidance tlit                  | illegal --guidance 'tlit', expected one of",
        "--feature 3 --guidance tlit --scale 1        | illegal --guidance 'tlit', expected one of",
        "--feature 3 --beta 1 --eta 0.5               | --eta 0.5 has a meaning only with --form"
            + " ddim, not ddpm",
        "--feature 3 --beta 1 --noise-schedule sine   | unknown --noise-schedule 'sine'",
        "--feature 3 --activation 2 --pilots 0 --pilot-images 4 | --pilot-images 4 has a meaning"
            + " only with --pilots 1 or more",
        "--feature 3 --beta 1 --center 0              | must be above 0",
        "--feature 3 --beta 1 --count 0               | illegal --count: 0",
        "--feature 3 --beta 1 --batch 0               | illegal --batch: 0",
        "--feature 3 --beta 1 --device gpu            | use cpu, or cuda:0",
        "--feature 3 --beta 1 --device cuda:0         | --device cpu",
        "--feature 3 --beta 1 --prior-option heads=4  | unknown prior option 'heads'",
        "--feature 3 --target-percentile 99           | give --harvest, a table",
        "--feature 3 --activation 2 --beta 1          | and has --beta and another: leave one out",
        "--feature 3 --activation 2 --target-percentile 9 | give one of --activation and",
        "--feature 3 --target-percentile 101          | must be in 0..100",
        "--feature 3 --guidance constant --activation 2 | --activation has a meaning only with",
        "--feature 3 --beta 1 --guidance twisted --particles 1 | illegal --particles: 1, must be in"
            + " 2..",
        "--feature 3 --beta 1 --guidance twisted --form ddim   | give --form ddpm, not ddim",
        "--feature 3 --beta 1 --particles 8           | --particles 8 has a meaning only with",
        "--feature 3 --guidance twisted               | --guidance twisted needs one of --beta,",
        "--feature 3 --beta 1 --betas 2               | expected 0 first, then strictly rising",
        "--feature 3 --activation 2 --betas 1         | --betas has a meaning only with",
        "--feature 3 --beta 1 --gradient half        | illegal --gradient 'half', expected one of"
            + " full, x0",
        "--feature 3 --beta 1 --smoothing 0          | score smoothed over 0 draws, must be",
        "--feature 3 --beta 1 --gradient x0 --smoothing 4      | only with --gradient full",
        "--feature 3 --beta 1 --gradient x0 --guidance twisted | needs --gradient full",
        "--feature 3 --guidance constant --scale 1 --form dpmsolver | give --guidance tilt, or"
            + " --form",
        "--feature 3 --guidance constant --scale 1 --form heun | heun has no place for --guidance"
            + " constant",
        "--feature 3 --guidance twisted --beta 1 --form lcm    | give --form ddpm, not lcm",
        "--feature 3 --beta 1 --form euler           | illegal --form 'euler', expected one of"
            + " ddpm, ddim, dpmsolver, heun, lcm",
        "--feature 3 --beta 1 --form lcm --eta 0.5   | --eta 0.5 has a meaning only with --form"
            + " ddim",
        "--feature 3 --beta 1 --strength=-1          | --strength -1.0: must be 0 or more",
        "--feature 3 --beta 1 --off-at-end 1.5       | --off-at-end 1.5: guidance off at the end,"
            + " must be a share",
        "--feature 3 --activation 2 --pilots=-1      | illegal --pilots: -1 rounds of 16 images,"
            + " must be 1..100",
        "--feature 3 --beta 1 --betas 2              | --betas [0.0, 2.0, 1.0]: beta 2 of the",
        "--feature 3 --guidance constant --beta 1    | --beta 1.0 has a meaning only with"
            + " --guidance exact, tilt or twisted",
        "--feature 3 --bundle src                     | --bundle 'src' brings its own models",
      })
  void wrongUsageSaysWhatToChangeInOneLine(String options, String expected) {
    List<String> arguments = GoldenModels.visualize(options.strip().split(" +"));
    arguments.addAll(List.of("--out", folder.resolve("out").toString()));
    Outcome.of(arguments).assertRefused(expected);
    assertThat(folder.resolve("out")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "visualize --feature 3 --beta 1 --prior-option label=3 | --prior-option {label=3} says what"
            + " the file of --prior cannot tell: give --prior FILE too",
        "visualize --feature 3 --beta 1 --vision-option size=9 | give --vision FILE too",
        "retrieve --feature 3 --beta 1 --vision-option size=9  | give --vision FILE too",
        "visualize --feature 3 --beta 1 --vision-part ema.     | give --vision FILE too",
        "visualize --feature 3 --beta 1 --prior-part ema.      | give --prior FILE too",
        "compose --unit feature:3@pre --harvest pom.xml        | --harvest has no meaning here",
        "explain --image pom.xml --unit feature:3@pre --images src      | only with --reliance",
        "features pom.xml --bundle src                         | give one of FILE and --bundle DIR",
        "train prior --images src --out o --steps 1 --network-option colour=3 | --network-option"
            + " colour has no effect: use one of attention_resolutions, channel_mult,",
        "train autoencoder --images src --out o --steps 1 --hooks stages.0.0.resid_post | --hooks"
            + " is about the network of --vision: give --vision FILE too",
      })
  void whatWouldHaveNoEffectIsRefused(String command, String expected) {
    Outcome.of(List.of(command.strip().split(" +"))).assertRefused(expected);
  }

  @Test
  void missingAndForeignFilesAreNamed() throws IOException {
    Outcome.of(List.of("inspect", "nowhere.pt")).assertRefused("nowhere.pt");
    Path text = Files.writeString(folder.resolve("notes.pt"), "hello");
    Outcome.of(List.of("inspect", text.toString())).assertRefused("notes.pt");
    Path vision = GoldenModels.FOLDER.resolve("adm_unet.pt");
    Outcome.of(
            List.of(
                "visualize",
                "--vision",
                vision.toString(),
                "--prior",
                vision.toString(),
                "--unit",
                "channel:1",
                "--hook",
                "stages.0.0.hook_resid_pre",
                "--beta",
                "1"))
        .assertRefused("is a diffusion prior, which --prior takes: give --vision a vision network");
    Outcome.of(List.of("visualize", "--repeat", text.toString())).assertRefused("notes.pt");
  }
}
