package org.tiltlens.frontier;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.chart.ChartFiles;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.page.EmbeddedPng;
import org.tiltlens.run.CorpusNote;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.ScoreSample;

class FrontierPageTest {
  private static final Pattern NUMBER =
      Pattern.compile("<data value=\"([^\"]*)\" data-at=\"([^\"]*)\">");
  private static final Pattern PLOT =
      Pattern.compile("src=\"data:image/svg\\+xml;base64,([^\"]*)\"");

  @TempDir private Path folder;

  private static FrontierResult frontier() {
    CorpusFrontier corpus =
        new CorpusFrontier(
            ScoreSample.of(IntStream.range(0, 400).mapToDouble(i -> i * i / 16e3).toArray()));
    List<FrontierPoint> points = new ArrayList<>();
    corpus.curve().forEach(beta -> points.add(corpus.retrieval(beta)));
    points.add(corpus.top(9).measured(4.2, 0.1));
    points.add(corpus.best(8));
    for (FrontierMethod method :
        List.of(
            FrontierMethod.EXACT,
            FrontierMethod.PLUG_IN_TILT,
            FrontierMethod.TWISTED,
            FrontierMethod.CONSTANT)) {
      points.add(
          FrontierPoint.of(
              method, 0, new Estimate(2, 0.1), new Estimate(0, 0), "exact <b>zero</b>", 16));
      points.add(
          FrontierPoint.of(
                  method, 2.5, new Estimate(6, 0.2), new Estimate(1.5, 2), "more than half", 16)
              .ofFamilies(7, method == FrontierMethod.TWISTED ? "The clouds disagree" : null));
    }
    points.add(
        FrontierPoint.of(FrontierMethod.CONSTANT, 9, new Estimate(30, 1), null, "undefined", 16));
    return frontier(points);
  }

  private static FrontierResult frontier(List<FrontierPoint> points) {
    return new FrontierResult(
        "0",
        "0",
        "frontier",
        new FrontierSpec(
            "embedded:",
            7,
            List.of(),
            true,
            null,
            16,
            8,
            List.of(),
            List.of(),
            List.of(),
            null,
            "50",
            1,
            Map.of()),
        new Execution("cpu", 1, 1, 1),
        Map.of(),
        1,
        2.5,
        "<script>name</script>",
        new CorpusNote(400, "free", "fingerprint"),
        null,
        "feature:7@pre",
        3,
        9.95,
        List.of(2.5),
        points);
  }

  private String page(FrontierResult run) throws IOException {
    FrontierPage.write(folder, run, ChartFiles.svg(FrontierPlot.of(run)));
    return Files.readString(folder.resolve("index.html"));
  }

  /** The few images drawn without a tilt have another mean by chance. */
  @Test
  void thePriorsOwnMeanIsThatOfItsPool() {
    List<FrontierPoint> points = new ArrayList<>(frontier().points());
    points.removeIf(point -> point.method() == FrontierMethod.EXACT);
    points.add(
        FrontierPoint.of(
            FrontierMethod.EXACT, 0, new Estimate(7, 0.1), new Estimate(0, 0), "a pool", 2048));
    assertThat(priorsMean(points)).isEqualTo(7);
    points.removeIf(point -> point.method() == FrontierMethod.EXACT);
    assertThat(priorsMean(points)).as("without a pool").isEqualTo(2);
  }

  private static double priorsMean(List<FrontierPoint> points) {
    return FrontierPlot.of(frontier(points)).getSeries("the prior's own mean (KL 0)").getXData()[0];
  }

  @Test
  void namesNothingOnAnyNetworkAndShowsStrangersTextAsText() throws IOException {
    String page = page(frontier());
    assertThat(page.replaceAll("base64,[^\"]*", "base64,"))
        .doesNotContainPattern("(?i)https?:")
        .doesNotContain("src=\"//", "<link", "url(", "@import", "<script", "<b>zero")
        .contains("default-src 'none'", "&lt;script&gt;name");
  }

  @Test
  void plotIsADrawingOfItsOwn() throws IOException {
    MatchResult plot = PLOT.matcher(page(frontier())).results().findFirst().orElseThrow();
    String svg = new String(Base64.getDecoder().decode(plot.group(1)), StandardCharsets.UTF_8);
    // The sky of exact samples, which is no other method's; letters are outlines there.
    assertThat(svg)
        .contains("<svg", "<path", "rgb(86,180,233)")
        .doesNotContain("href=", "<script", "<image", "NaN");
  }

  @Test
  void everyNumberIsTheOneInTheRun() throws IOException {
    FrontierResult run = frontier();
    Files.writeString(folder.resolve("run.json"), Json.write(run));
    JsonNode json = Json.read(folder.resolve("run.json"), null, JsonNode.class);
    List<MatchResult> numbers = NUMBER.matcher(page(run)).results().toList();
    assertThat(numbers).hasSizeGreaterThan(5 * run.points().size());
    for (MatchResult number : numbers) {
      assertThat(json.at(number.group(2)).isNumber()).as(number.group(2)).isTrue();
      assertThat(Double.parseDouble(number.group(1)))
          .as(number.group(2))
          .isEqualTo(json.at(number.group(2)).asDouble());
    }
    assertThat(Json.read(folder.resolve("run.json"), null, FrontierResult.class)).isEqualTo(run);
  }

  @Test
  void aFrontierWithNothingToDrawOnALogarithmicAxisIsDrawn() throws IOException {
    CorpusFrontier constant = new CorpusFrontier(ScoreSample.of(1, 1, 1));
    assertThat(page(frontier(List.of(constant.retrieval(0), constant.top(3)))))
        .contains("soft retrieval", "data:image/svg+xml");
  }

  @Test
  void pictureIsLargeEnoughForPrint() throws IOException {
    Path png = folder.resolve("frontier.png");
    ChartFiles.writePng(png, FrontierPlot.of(frontier()));
    assertThat(EmbeddedPng.read(png).width()).isEqualTo(3 * ChartStyle.WIDTH);
  }
}
