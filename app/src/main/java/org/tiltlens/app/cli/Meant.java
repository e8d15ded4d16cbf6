package org.tiltlens.app.cli;

import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.UnmatchedArgumentException;

/** What a word that no command knows was probably meant to be. */
final class Meant {
  /** Words of no more letters are near to too many others. */
  private static final int SHORT = 4;

  private Meant() {}

  /** The word, and what it may have been meant to be, in one line without the end. */
  static String instead(UnmatchedArgumentException failure) {
    CommandSpec command = failure.getCommandLine().getCommandSpec();
    String word = failure.getUnmatched().get(0);
    boolean option = word.startsWith("-") && word.length() > 1;
    Collection<String> subcommands = failure.getCommandLine().getSubcommands().keySet();
    if (!option && subcommands.isEmpty()) {
      return "unexpected '%s': %s takes options and their values only"
          .formatted(word, command.name());
    }
    String name = option ? word.replaceFirst("=.*", "") : word;
    if (option && takesBundleAlone(command) && HelpGroup.MODELS.names().contains(name)) {
      return ("unknown option '%s': %s takes all its models from a bundle, --bundle DIR; how one of"
              + " your own models is made stands in docs/bring-your-own-model.md, \"Your own"
              + " bundle\"")
          .formatted(name, command.name());
    }
    List<String> near = option ? near(name, options(command)) : near(name, subcommands);
    String known =
        near.isEmpty()
            ? (option ? "" : ": use one of " + String.join(", ", subcommands))
            : ": did you mean "
                + near.stream().map("'%s'"::formatted).collect(Collectors.joining(" or "))
                + "?";
    return "unknown %s '%s'%s".formatted(option ? "option" : "command", name, known);
  }

  private static boolean takesBundleAlone(CommandSpec command) {
    return command.findOption("--bundle") != null
        && command.findOption("--vision") == null
        && command.findOption("--prior") == null;
  }

  private static List<String> options(CommandSpec command) {
    return command.options().stream()
        .filter(option -> !option.hidden())
        .flatMap(option -> Stream.of(option.names()))
        .filter(name -> name.startsWith("--"))
        .toList();
  }

  /** The known names nearest to a word; empty if none is near. */
  static List<String> near(String word, Collection<String> known) {
    String plain = plain(word);
    int most = plain.length() <= SHORT ? 1 : Math.max(2, plain.length() / 3);
    int least =
        known.stream()
            .mapToInt(name -> distance(plain, plain(name)))
            .min()
            .orElse(Integer.MAX_VALUE);
    if (least <= most) {
      return known.stream().filter(name -> distance(plain, plain(name)) == least).toList();
    }
    return known.stream().filter(name -> isShortFor(plain, plain(name))).toList();
  }

  private static String plain(String name) {
    return name.replaceFirst("^-+", "").toLowerCase(Locale.ROOT);
  }

  /** Whether a word is a part of a name, or its first letter and others of it in their order. */
  private static boolean isShortFor(String word, String name) {
    if (word.length() >= SHORT && name.contains(word)) {
      return true;
    }
    if (word.length() < 2 || name.isEmpty() || word.charAt(0) != name.charAt(0)) {
      return false;
    }
    int at = 0;
    for (int i = 0; i < name.length() && at < word.length(); i++) {
      at += name.charAt(i) == word.charAt(at) ? 1 : 0;
    }
    return at == word.length();
  }

  /**
   * How many letters to insert, delete, replace or swap with the next: Damerau's distance, each
   * letter touched once.
   */
  private static int distance(String from, String to) {
    int[][] cost = new int[from.length() + 1][to.length() + 1];
    for (int i = 0; i <= from.length(); i++) {
      for (int j = 0; j <= to.length(); j++) {
        if (i == 0 || j == 0) {
          cost[i][j] = i + j;
          continue;
        }
        boolean same = from.charAt(i - 1) == to.charAt(j - 1);
        cost[i][j] =
            Math.min(
                Math.min(cost[i - 1][j], cost[i][j - 1]) + 1, cost[i - 1][j - 1] + (same ? 0 : 1));
        if (i > 1
            && j > 1
            && from.charAt(i - 1) == to.charAt(j - 2)
            && from.charAt(i - 2) == to.charAt(j - 1)) {
          cost[i][j] = Math.min(cost[i][j], cost[i - 2][j - 2] + 1);
        }
      }
    }
    return cost[from.length()][to.length()];
  }
}
