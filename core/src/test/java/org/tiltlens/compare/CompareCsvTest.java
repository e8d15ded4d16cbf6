package org.tiltlens.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCsvTest {
  /** A field with what ends it. */
  private static final Pattern FIELD =
      Pattern.compile("(?:\"((?:[^\"]|\"\")*)\"|([^\",\r\n]*))(,|\r\n)");

  @TempDir private Path folder;
  private CompareResult run;
  private List<Map<String, String>> rows;

  @BeforeEach
  void writeTable() throws Exception {
    run = CompareFixture.write(folder);
    rows = parse(CompareCsv.of(run));
  }

  private static List<Map<String, String>> parse(String csv) {
    List<List<String>> lines = new ArrayList<>(List.of(new ArrayList<>()));
    int end = 0;
    for (MatchResult field : FIELD.matcher(csv).results().toList()) {
      assertThat(field.start()).as("nothing between fields").isEqualTo(end);
      end = field.end();
      String quoted = field.group(1);
      lines
          .get(lines.size() - 1)
          .add(quoted == null ? field.group(2) : quoted.replace("\"\"", "\""));
      if (!field.group(3).equals(",") && end < csv.length()) {
        lines.add(new ArrayList<>());
      }
    }
    assertThat(end).as("nothing behind the last field").isEqualTo(csv.length());
    List<String> names = lines.get(0);
    assertThat(names).doesNotHaveDuplicates().allMatch(name -> name.matches("[a-z_]+"));
    List<Map<String, String>> rows = new ArrayList<>();
    for (List<String> line : lines.subList(1, lines.size())) {
      assertThat(line).hasSameSizeAs(names);
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < names.size(); i++) {
        row.put(names.get(i), line.get(i));
      }
      rows.add(row);
    }
    return rows;
  }

  @Test
  void everyFeatureAndMethodIsALine() {
    assertThat(rows)
        .extracting(row -> row.get("feature") + " " + row.get("method"))
        .containsExactlyElementsOf(
            run.results().stream()
                .map(cell -> cell.feature() + " " + cell.method().key())
                .toList());
  }

  @Test
  void numbersAreWholeAndUnderTheirNames() {
    CompareResult.Metrics metrics = run.results().get(1).metrics();
    assertThat(rows.get(1))
        .containsEntry("images", "4")
        .containsEntry("seconds_per_image", "" + run.results().get(1).secondsPerImage())
        .containsEntry("seconds_finding_beta", "" + run.results().get(1).secondsFindingBeta())
        .containsEntry("mean_score", "" + metrics.meanScore().value())
        .containsEntry("bits_per_dim_low", "" + metrics.bitsPerDim().low())
        .containsEntry("vendi_score", "" + metrics.vendiScore())
        .containsEntry("same_score_reference", "64")
        .containsEntry("same_score_frechet_high", "" + metrics.sameScore().frechet().high())
        .containsEntry("same_score_recall", "")
        .containsEntry("whole_corpus_reference", "5004")
        .containsEntry("whole_corpus_kernel", "" + metrics.wholeCorpus().kernel().value())
        .containsEntry("whole_corpus_coverage", "" + metrics.wholeCorpus().coverage())
        .containsEntry("judged_classes_low", "" + metrics.judged().classes().low())
        .containsEntry("judged_classes_floor", "" + metrics.judged().classesFloor())
        .containsEntry("judged_seen_se", "0.05")
        .containsEntry("judged_tilt_seen", "" + metrics.judged().tiltSeen().value())
        .containsEntry("failure", "");
  }

  @Test
  void whatThePoolCannotTellIsEmpty() {
    Map<String, String> untold =
        rows.stream()
            .filter(row -> row.get("feature").equals("" + CompareFixture.UNTOLD_FEATURE))
            .findFirst()
            .orElseThrow();
    assertThat(untold)
        .containsEntry("judged_classes", "")
        .containsEntry("judged_classes_floor_high", "")
        .containsEntry("judged_tilt_ess", "")
        .containsEntry("judged_tilt_seen_se", "")
        .containsEntry("judged_correlation", "0.7");
    assertThat(untold.get("judged_seen")).isNotEmpty();
  }

  @Test
  void failuresKeepTheirCommasAndQuotesAndLeaveNumbersEmpty() {
    Map<String, String> failed =
        rows.stream().filter(row -> !row.get("failure").isEmpty()).findFirst().orElseThrow();
    assertThat(failed)
        .containsEntry("failure", CompareFixture.FAILURE)
        .containsEntry("feature", "" + CompareFixture.FAILED_FEATURE)
        .containsEntry("method", "constant")
        .containsEntry("setting", "scale 3, cap 1")
        .containsEntry("images", "0")
        .containsEntry("mean_score", "")
        .containsEntry("whole_corpus_neighbours", "");
  }
}
