package org.tiltlens.app.cli;

import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** What is wrong with the words of a command line, in ours. */
final class UsageLine {
  private static final Map<String, String> TYPES =
      Map.of(
          " is not an int", " is not a whole number up to " + Integer.MAX_VALUE,
          " is not a long", " is not a whole number of 64 bits",
          " is not a double", " is not a number");

  private static final Pattern WORDS =
      Pattern.compile("expected one of \\[([A-Z_, ]+)] \\(case-insensitive\\)");

  private UsageLine() {}

  static String of(ParameterException failure) {
    if (failure instanceof UnmatchedArgumentException unmatched
        && !unmatched.getUnmatched().isEmpty()) {
      return Meant.instead(unmatched);
    }
    String message = FailureLine.oneLine(failure.getMessage());
    for (Map.Entry<String, String> type : TYPES.entrySet()) {
      message = message.replaceFirst(type.getKey() + "$", type.getValue());
    }
    return WORDS
        .matcher(message)
        .replaceAll(
            words ->
                Matcher.quoteReplacement(
                    "expected one of " + words.group(1).toLowerCase(Locale.ROOT)))
        .replace("option option", "option")
        .replaceFirst("^Error: Missing required argument \\(specify one of these\\)", "give one");
  }
}
