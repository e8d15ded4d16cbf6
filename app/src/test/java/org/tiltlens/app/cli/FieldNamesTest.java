package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine.Model.CommandSpec;

/** Fields are options, and most of them of the same name. */
class FieldNamesTest {
  @ParameterizedTest
  @CsvSource({
    "particles, --particles",
    "targetPercentile, --target-percentile",
    "mixAlpha, --mix-alpha",
    "folder, --out"
  })
  void aFieldIsAnOption(String field, String option) {
    assertThat(FieldNames.option(field)).isEqualTo(option);
  }

  @Test
  void aMessageOfTheLibraryIsShownWithOptions() {
    assertThat(
            FieldNames.shown(
                "step t = 9: lower `beta` or `scale`, or see `tiltlens inspect`", "visualize"))
        .isEqualTo("step t = 9: lower --beta or --scale, or see `tiltlens inspect`");
  }

  @Test
  void aCommandsOwnOptionsAreNamed() {
    String advice = "lower `beta` or `scale`";
    assertThat(FieldNames.shown(advice, "compare"))
        .isEqualTo("lower --target-percentile or --set constant.scale");
    assertThat(FieldNames.shown(advice, "frontier")).isEqualTo("lower --betas or --scales");
  }

  /** What stands in backquotes in the library's messages is an option of some command. */
  @Test
  void everySettingThatTheLibraryNamesIsAnOption() throws IOException {
    Set<String> options = new TreeSet<>();
    collect(Tiltlens.commandLine().getCommandSpec(), options);
    Set<String> named = new TreeSet<>();
    Path main = Path.of("../core/src/main/java");
    try (Stream<Path> files = Files.walk(main)) {
      for (Path file : files.filter(path -> path.toString().endsWith(".java")).toList()) {
        Matcher settings = Pattern.compile("`(\\w+)`").matcher(Files.readString(file));
        while (settings.find()) {
          named.add(FieldNames.option(settings.group(1)));
        }
      }
    }
    assertThat(named).hasSizeGreaterThan(8);
    assertThat(options).containsAll(named);
  }

  private static void collect(CommandSpec command, Set<String> options) {
    command.options().forEach(option -> options.addAll(List.of(option.names())));
    command.subcommands().values().forEach(sub -> collect(sub.getCommandSpec(), options));
  }
}
