package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.tiltlens.training.TrainingSettings;
import picocli.CommandLine;
import picocli.CommandLine.Model.OptionSpec;

/** What every command's help says. */
class HelpTest {
  private static final Pattern OPTION =
      Pattern.compile("(?<![\\w-])(--[a-z][a-z-]*)(?: of tiltlens ([a-z-]+))?");

  /** A switch is off unless it is given, and a required option has no default. */
  @Test
  void everyOptionSaysWhatHoldsWithoutIt() {
    List<String> silent = new ArrayList<>();
    int options = collect(Tiltlens.commandLine(), silent);
    assertThat(options).isGreaterThan(200);
    assertThat(String.join("\n", silent)).isEmpty();
  }

  private static int collect(CommandLine command, List<String> silent) {
    int options = 0;
    for (OptionSpec option : command.getCommandSpec().options()) {
      options++;
      boolean takesValue = option.arity().max() > 0;
      boolean chosen = option.group() != null && option.group().multiplicity().min() > 0;
      String said = String.join(" ", option.description()).toLowerCase(Locale.ROOT);
      if (takesValue && !option.required() && !chosen && !said.contains("default")) {
        silent.add(command.getCommandSpec().qualifiedName() + " " + option.longestName());
      }
    }
    for (CommandLine sub : command.getSubcommands().values()) {
      options += collect(sub, silent);
    }
    return options;
  }

  /** What a part lists is there, and the command with most options has none beside its parts. */
  @Test
  void partsHaveAllOptionsOfVisualizeAndNoOthers() {
    Set<String> known = new TreeSet<>();
    names(Tiltlens.commandLine(), known);
    for (HelpGroup part : HelpGroup.values()) {
      assertThat(known).as(part.name()).containsAll(part.names());
    }
    CommandLine visualize = Tiltlens.commandLine().getSubcommands().get("visualize");
    assertThat(visualize.getCommandSpec().options())
        .allMatch(option -> HelpGroup.of(option).isPresent());
    assertThat(visualize.getUsageMessage())
        .contains("What:", "How strongly:", "Exact samples and particles:")
        .doesNotContain("Of this command");
  }

  private static void names(CommandLine command, Set<String> known) {
    command.getCommandSpec().options().forEach(option -> known.add(option.longestName()));
    command.getSubcommands().values().forEach(sub -> names(sub, known));
  }

  /** Of another command it says so, in the words {@code --option of tiltlens command}. */
  @Test
  void helpNamesOptionsThatTheCommandHas() {
    List<String> unknown = new ArrayList<>();
    named(Tiltlens.commandLine(), unknown);
    assertThat(unknown).isEmpty();
  }

  private static void named(CommandLine command, List<String> unknown) {
    CommandLine root = Tiltlens.commandLine();
    Stream<String> own = Stream.of(command.getCommandSpec().usageMessage().description());
    Stream<String> ofOptions =
        command.getCommandSpec().args().stream().map(arg -> String.join(" ", arg.description()));
    Stream.concat(own, ofOptions)
        .flatMap(text -> OPTION.matcher(text).results())
        .filter(
            word -> {
              CommandLine of =
                  word.group(2) == null ? command : root.getSubcommands().get(word.group(2));
              return of == null || of.getCommandSpec().findOption(word.group(1)) == null;
            })
        .map(word -> command.getCommandSpec().qualifiedName() + ": " + word.group())
        .forEach(unknown::add);
    command.getSubcommands().values().forEach(sub -> named(sub, unknown));
  }

  /** The trainings share their options, and each has defaults of its own. */
  @Test
  void trainingsSayTheirOwnDefaults() {
    CommandLine train = Tiltlens.commandLine().getSubcommands().get("train");
    CommandLine dictionary = train.getSubcommands().get("dictionary");
    TrainingSettings prior = TrainingSettings.PRIOR;
    TrainingSettings vision = TrainingSettings.VISION;
    TrainingSettings autoencoder = TrainingSettings.AUTOENCODER;
    TrainingSettings own = TrainingSettings.DICTIONARY;
    assertThat(said(dictionary, "--batch"))
        .endsWith(
            "prior %d, autoencoder %d, vision %d, dictionary %d."
                .formatted(prior.batch(), autoencoder.batch(), vision.batch(), own.batch()));
    assertThat(said(dictionary, "--warm-up"))
        .endsWith(
            "prior %d, autoencoder %d, vision %d, dictionary %d."
                .formatted(
                    prior.warmupSteps(),
                    autoencoder.warmupSteps(),
                    vision.warmupSteps(),
                    own.warmupSteps()));
    assertThat(numbers(said(dictionary, "--learning-rate")))
        .containsExactly(prior.learningRate(), vision.learningRate());
    assertThat(own.learningRate()).isEqualTo(vision.learningRate());
    assertThat(autoencoder.learningRate()).isEqualTo(vision.learningRate());
    assertThat(numbers(said(dictionary, "--weight-decay")))
        .containsExactly(prior.weightDecay(), vision.weightDecay());
    assertThat(own.weightDecay()).isEqualTo(prior.weightDecay());
    assertThat(autoencoder.weightDecay()).isEqualTo(prior.weightDecay());
    assertThat(numbers(said(dictionary, "--clip")).subList(1, 3))
        .containsExactly(prior.clipNorm(), own.clipNorm());
    assertThat(numbers(said(dictionary, "--average")).subList(1, 3))
        .containsExactly(prior.averageDecay(), own.averageDecay());
    assertThat(vision.clipNorm()).isEqualTo(prior.clipNorm());
    assertThat(autoencoder.clipNorm()).isEqualTo(prior.clipNorm());
    assertThat(autoencoder.averageDecay()).isEqualTo(prior.averageDecay());
    assertThat(vision.averageDecay()).isEqualTo(prior.averageDecay());
    assertThat(numbers(said(dictionary, "--seed")))
        .endsWith((double) prior.seed())
        .contains((double) own.seed(), (double) vision.seed(), (double) autoencoder.seed());
  }

  private static String said(CommandLine command, String option) {
    return String.join(" ", command.getCommandSpec().findOption(option).description());
  }

  private static List<Double> numbers(String text) {
    return Pattern.compile("(?<![\\w.])\\d+(?:\\.\\d+)?(?:e-\\d+)?")
        .matcher(text)
        .results()
        .map(number -> Double.valueOf(number.group()))
        .toList();
  }
}
