package org.tiltlens.app.cli;

import java.util.List;
import java.util.stream.Collectors;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.models.Inspection;
import org.tiltlens.models.KnownPriorOptions;
import org.tiltlens.models.VisionFile;
import picocli.CommandLine.ParseResult;

/** Says which network is taken of a file that holds several, where nobody chose. */
final class TakenPart {
  private TakenPart() {}

  /** One line on standard error for each such file. */
  static void say(ParseResult root) {
    ParseResult command = root;
    while (command.hasSubcommand()) {
      command = command.subcommand();
    }
    say(command, "--vision", VisionFile.PART);
    say(command, "--prior", KnownPriorOptions.PART);
  }

  private static void say(ParseResult command, String model, String option) {
    String choosing = model + "-part";
    if (command.commandSpec().findOption(choosing) == null
        || !command.hasMatchedOption(model)
        || command.hasMatchedOption(choosing)
        || command.originalArgs().stream().anyMatch(word -> word.contains(option + "="))) {
      return;
    }
    // A word in some commands, a path in others.
    String file = command.<Object>matchedOptionValue(model, "").toString();
    List<Inspection.Part> parts =
        parts(file).stream()
            .filter(part -> FieldNames.option(part.field()).equals(choosing))
            .toList();
    parts.stream()
        .filter(Inspection.Part::usual)
        .forEach(
            taken ->
                Tiltlens.say(
                    command.commandSpec().commandLine(),
                    "note: '%s' holds several networks, takes '%s' of it; %s takes another"
                        .formatted(file, taken.prefix(), others(parts))));
  }

  private static String others(List<Inspection.Part> parts) {
    return parts.stream()
        .filter(part -> !part.usual())
        .map(FieldNames::choosing)
        .collect(Collectors.joining(" or "));
  }

  /** Of what cannot be read, the command itself says why. */
  private static List<Inspection.Part> parts(String file) {
    try {
      return Inspection.parts(file);
    } catch (CheckpointException | IllegalArgumentException e) {
      return List.of();
    }
  }
}
