package org.tiltlens.app.cli;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Model.OptionSpec;

/** What options are about: parts of the help of commands that have many. */
enum HelpGroup {
  UNIT(
      "What",
      "--feature --features --unit --pick --reduction --center --mix-alpha" + " --lse-temperature"),
  STRENGTH("How strongly", "--beta --activation --target-percentile --scale --betas --rungs"),
  METHOD(
      "By which samples",
      "--guidance --from --preset --methods --objective --cap --penalty --level"),
  MODELS(
      "Models",
      "--bundle --vision --vision-option --vision-part --hook --dictionary --harvest --prior"
          + " --prior-option --prior-part --prompt --negative --cfg"),
  CORPUS("Corpus", "--images --limit --image-size --fit"),
  EXACT(
      "Exact samples and particles",
      "--pool --pool-size --cache --ess --moves --guided --particles --islands --clouds"),
  GUIDED(
      "Guided samples", "--pilots --pilot-images --strength --off-at-end --gradient --smoothing"),
  STEPS("Sampling steps", "--steps --form --eta --respacing --noise-schedule --base-steps"),
  RUN(
      "Run",
      "--count --seed --repeat --resume --out --json --device --batch --threads --threads-per-image"
          + " --precision --help --version --debug");

  /** A command with fewer is read as a whole. */
  private static final int MANY = 25;

  private final String heading;
  private final Set<String> names;

  HelpGroup(String heading, String names) {
    this.heading = heading;
    this.names = Set.of(names.split(" "));
  }

  /** The options that belong to it. */
  Set<String> names() {
    return names;
  }

  /** Empty for an option of one command alone. */
  static Optional<HelpGroup> of(OptionSpec option) {
    return Arrays.stream(values())
        .filter(group -> group.names.contains(option.longestName()))
        .findFirst();
  }

  /** Makes the help of a command with many options, and of those below, come in parts. */
  static void partHelp(CommandLine command) {
    command.getSubcommands().values().forEach(HelpGroup::partHelp);
    if (command.getCommandSpec().options().size() >= MANY) {
      command.getCommandSpec().usageMessage().abbreviateSynopsis(true);
      command
          .getHelpSectionMap()
          .put(CommandLine.Model.UsageMessageSpec.SECTION_KEY_OPTION_LIST, HelpGroup::options);
    }
  }

  private static String options(Help help) {
    StringBuilder text = new StringBuilder();
    for (HelpGroup group : values()) {
      text.append(part(help, group.heading, option -> of(option).orElse(null) == group));
    }
    return text.append(part(help, "Of this command", option -> of(option).isEmpty())).toString();
  }

  private static String part(Help help, String heading, Predicate<OptionSpec> mine) {
    List<OptionSpec> all =
        help.commandSpec().options().stream().filter(option -> !option.hidden()).toList();
    List<OptionSpec> some = all.stream().filter(mine).toList();
    if (some.isEmpty()) {
      return "";
    }
    // All of them decide how wide the column of names is, in each part the same.
    Help.Layout layout = help.createDefaultLayout(all, List.of(), help.colorScheme());
    layout.addOptions(some, help.parameterLabelRenderer());
    return String.format("%n%s:%n%s", heading, layout);
  }
}
