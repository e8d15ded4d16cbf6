package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MeantTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "visualise                          | unknown command 'visualise': did you mean"
            + " 'visualize'?",
        "viz --feature 3                    | unknown command 'viz': did you mean 'visualize' or",
        "reterive                           | did you mean 'retrieve'?",
        "comp                               | did you mean 'compose' or 'compare'?",
        "train priro                        | unknown command 'priro': did you mean 'prior'?",
        "xyzzy                              | unknown command 'xyzzy': use one of demo, visualize,",
        "visualize --feture 3               | unknown option '--feture': did you mean '--feature'?",
        "visualize --feture=3               | unknown option '--feture': did you mean '--feature'?",
        "visualize --percentile 9           | did you mean '--target-percentile'?",
        "visualize --xyzzy 9                | unknown option '--xyzzy' (see tiltlens visualize"
            + " --help)",
        "compare --prior sd                 | unknown option '--prior': compare takes all its"
            + " models from a bundle, --bundle DIR; how one of your own models is made stands in"
            + " docs/bring-your-own-model.md, \"Your own bundle\"",
        "frontier --vision-option a=b       | unknown option '--vision-option': frontier takes all",
        "pool --vision a                    | unknown option '--vision': did you mean '--version'?",
        "visualize 117                      | unexpected '117': visualize takes options and their"
            + " values only",
      })
  void whatWasProbablyMeantIsSaid(String command, String expected) {
    Outcome.of(List.of(command.strip().split(" +"))).assertRefused(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "visualize --feature -1, illegal --feature: -1",
    "frontier --unit channel:3, give --feature J or --unit feature:J@pre",
    "compare --unit channel:3, give --feature J or --unit feature:J@pre",
    "explain --image pom.xml, give one of --feature J and --unit U",
    "compose, give one or more of --unit 'U SETTINGS' and --feature J",
  })
  void unitsAreAskedForInTheSameWords(String command, String expected) {
    List<String> words = List.of(command.split(" "));
    Outcome.of(words).assertRefused(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "visualize --feature 3 --pool nowhere, --pool 'nowhere' does not exist: expected a folder",
    "visualize --feature 3 --pool pom.xml, --pool 'pom.xml' is a file: expected a folder",
    "visualize --feature 3 --prior nowhere, --prior 'nowhere' does not exist: expected a file or a",
    "explain --feature 3 --image ., --image '.' is a folder: expected a file",
    "retrieve --feature 3 --images a/b.zip/c, --images 'a/b.zip/c' does not exist",
    "features nowhere.parquet, FILE 'nowhere.parquet' does not exist: expected a file",
    "visualize --repeat nowhere, --repeat 'nowhere' does not exist",
  })
  void missingFilesAreRefusedBeforeAnythingIsOpened(String command, String expected) {
    Outcome.of(List.of(command.split(" "))).assertRefused(expected);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "visualize --feature 3 --count 99999999999 | '99999999999' is not a whole number up to"
            + " 2147483647",
        "visualize --feature 3 --seed abc | 'abc' is not a whole number of 64 bits",
        "visualize --feature 3 --beta x | 'x' is not a number",
        "retrieve --feature 3 --fit foo | expected one of crop, pad but was 'foo'",
        "compare --feature 3 --set foo | option '--set' (METHOD.NAME=VALUE) should be in KEY=VALUE",
        "train prior --images src --out o | tiltlens: give one: (--steps=T | --minutes=M)",
      })
  void wrongValuesAreToldInWords(String command, String expected) {
    Outcome outcome = Outcome.of(List.of(command.split(" ")));
    outcome.assertRefused(expected.strip());
    assertThat(outcome.err()).doesNotContain("option option", "[", "double");
  }

  /** Of the same number of edits all are named; short words are near to few. */
  @ParameterizedTest
  @CsvSource({"--hok, --hook", "--pool, ''", "--sed, --seed"})
  void nearOptions(String word, String expected) {
    assertThat(String.join(" ", Meant.near(word, List.of("--hook", "--seed", "--count"))))
        .isEqualTo(expected);
  }
}
