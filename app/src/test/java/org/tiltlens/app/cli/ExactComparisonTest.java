package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.ComparedNumber;
import org.tiltlens.compare.MeasureSpec;
import org.tiltlens.compare.Method;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.pool.Pool;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolRun;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;

/** Exact samples in a comparison, and what a judge says of all methods. */
class ExactComparisonTest {
  private static final Execution EXECUTION = new Execution("cpu", 1, 1, 1);
  private static final int PATHS = 48;
  private static final int COUNT = 4;

  @TempDir static Path folder;

  @BeforeAll
  static void models() throws IOException {
    TinyBundle.writeJudged(folder.resolve("judged"));
    TinyBundle.write(folder.resolve("plain"));
    PoolSpec pool = PoolSpec.of(Bundle.at(folder.resolve("judged")), PATHS);
    PoolRun.run(pool, EXECUTION, pool(), Progress.SILENT);
  }

  private static Path pool() {
    return folder.resolve("pool");
  }

  private static CompareSpec spec(String bundle, String... methods) throws IOException {
    return CompareSpec.of(Bundle.at(folder.resolve(bundle)), List.of(3, 5), target())
        .withMethods(List.of(methods).stream().map(Method::of).toArray(Method[]::new))
        .withPilots(null)
        .withCount(COUNT)
        .withMeasures(MeasureSpec.USUAL.withReference(20))
        .withPool(new PoolChoice.Kept(pool().toString()));
  }

  /** Where the tiny prior, which is far from its corpus, has images on both sides. */
  private static Target target() {
    return Target.percentile(60);
  }

  private static CompareResult run(CompareSpec spec, String to, List<String> begun)
      throws IOException {
    Progress noting =
        (what, units) -> {
          begun.add(what);
          return new Progress.Task() {};
        };
    return Compare.run(spec, EXECUTION, folder.resolve(to), noting);
  }

  @Test
  void exactSamplesOfAllFeaturesComeFromOnePoolAndTheJudgeLooksAtItOnce() throws IOException {
    List<String> begun = new ArrayList<>();
    CompareResult found = run(spec("judged", "top_k", "exact", "tilt"), "whole", begun);
    assertThat(found.results()).allSatisfy(cell -> assertThat(cell.failure()).isNull());
    assertThat(begun).noneMatch(what -> what.startsWith("drawing a pool"));
    for (String once :
        List.of(
            "judging the corpus",
            "judging the pool",
            "scoring the pool on feature 3",
            "scoring the pool on feature 5")) {
      assertThat(begun.stream().filter(once::equals)).as(once).hasSize(1);
    }
    for (CompareResult.Feature feature : found.features()) {
      TiltedScores tilt = tilt(feature);
      CompareResult.Cell exact = cell(found, feature.feature(), "exact");
      assertThat(exact.setting()).isEqualTo("beta %.4g".formatted(tilt.beta()));
      assertThat(exact.images()).hasSize(COUNT);
      for (String method : List.of("top_k", "exact", "tilt")) {
        CompareResult.Judged judged = cell(found, feature.feature(), method).metrics().judged();
        assertThat(judged.tiltBeta()).isCloseTo(tilt.beta(), within(1e-9));
        assertThat(judged.tiltEss()).isCloseTo(tilt.ess(), within(1e-6));
        assertThat(judged.classes().samples()).isEqualTo(COUNT);
        assertThat(judged.classes().value()).isBetween(0.0, 1.0);
        assertThat(judged.classesFloor()).isBetween(0.0, judged.classesFloorHigh());
        assertThat(judged.seen() != null)
            .as("there is a share of a rise where there is a rise")
            .isEqualTo(
                cell(found, feature.feature(), method).metrics().meanScore().value()
                    > feature.corpusMean());
      }
    }
    CompareResult.Median top = found.medians().get(0);
    assertThat(top.numbers().get(ComparedNumber.CLASSES).value())
        .isCloseTo(
            (judged(found, 3, "top_k").classes().value()
                    + judged(found, 5, "top_k").classes().value())
                / 2,
            within(1e-12));
  }

  /** The tilt of the pool, by means of its own. */
  private static TiltedScores tilt(CompareResult.Feature feature) throws IOException {
    Bundle bundle = Bundle.at(folder.resolve("judged"));
    try (ModelShelf shelf = new ModelShelf();
        Pool pool = Pool.open(pool())) {
      StudySpec unit = StudySpec.of(bundle, CompareSpec.unit(feature.feature()), 0);
      StudyModels models = StudyModels.open(unit, shelf, Device.CPU, Progress.SILENT);
      ScoreSample sample =
          CorpusScores.of(
                  pool.images(), PATHS, models.score(), Device.CPU, new Lanes(1, 1), looked -> {})
              .sample();
      return sample.tilted(Tilting.solve(sample, feature.target().activation()));
    }
  }

  private static CompareResult.Cell cell(CompareResult of, int feature, String method) {
    return of.cell(feature, Method.of(method)).orElseThrow();
  }

  private static CompareResult.Judged judged(CompareResult of, int feature, String method) {
    return cell(of, feature, method).metrics().judged();
  }

  @Test
  void whatThePoolCannotTellIsAbsentAndTheRestIsThere() throws IOException {
    CompareSpec few =
        spec("judged", "top_k").withPool(new PoolChoice.Drawn(12, PoolSpec.USUAL_SEED));
    CompareResult found = run(few, "few", new ArrayList<>());
    CompareResult.Judged judged = judged(found, 3, "top_k");
    assertThat(judged.tiltEss()).as("of 12 paths fewer than 10 are effective").isNull();
    assertThat(judged.classes()).isNull();
    assertThat(judged.classesFloor()).isNull();
    assertThat(judged.tiltSeen()).isNull();
    assertThat(judged.seen()).isNotNull();
    assertThat(judged.correlation()).isNotNull();
    assertThat(found.medians().get(0).numbers())
        .doesNotContainKey(ComparedNumber.CLASSES)
        .containsKey(ComparedNumber.SEEN);
  }

  @Test
  void withoutAJudgeNothingIsSaidOfItAndThePoolDecidesExactSamplesAlone() throws IOException {
    List<String> begun = new ArrayList<>();
    CompareSpec spec = spec("plain", "top_k", "exact");
    CompareResult found = run(spec, "plain-out", begun);
    assertThat(found.results())
        .allSatisfy(cell -> assertThat(cell.failure()).isNull())
        .allSatisfy(cell -> assertThat(cell.metrics().judged()).isNull());
    assertThat(begun).noneMatch(what -> what.startsWith("judging"));
    Path out = folder.resolve("plain-out");
    assertThat(Files.readString(out.resolve("run.json"))).doesNotContain("judged", "\"classes\"");
    assertThat(Files.readString(out.resolve("index.html"))).doesNotContain("TV of classes", "rise");

    CompareResult other =
        run(spec.withPool(new PoolChoice.Drawn(PATHS - 1, 1)), "plain-out", begun);
    assertThat(cell(other, 3, "top_k")).isEqualTo(cell(found, 3, "top_k"));
    assertThat(cell(other, 3, "exact").images()).isNotEqualTo(cell(found, 3, "exact").images());
    // A comparison that looks at no pool opens none.
    CompareSpec missing = spec("plain", "top_k").withPool(new PoolChoice.Drawn(30, 1));
    begun.clear();
    run(missing, "none", begun);
    assertThat(begun).noneMatch(what -> what.contains("pool"));
  }

  private static List<String> command(String bundle, String to, String... more) {
    List<String> arguments =
        new ArrayList<>(
            List.of(
                "compare",
                "--bundle",
                folder.resolve(bundle).toString(),
                "--features",
                "3",
                "--methods",
                "top_k",
                "--count",
                "2",
                "--target-percentile",
                "60",
                "--reference",
                "20",
                "--out",
                folder.resolve(to).toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  @Test
  void peopleAreToldWhatTheJudgeSees() throws IOException {
    String judged =
        Outcome.of(command("judged", "told", "--pool", pool().toString())).assertDone().out();
    assertThat(judged.lines().findFirst().orElseThrow()).contains("TV  floor    seen");
    assertThat(Outcome.of(command("plain", "untold")).assertDone().out().lines().findFirst())
        .hasValueSatisfying(head -> assertThat(head).contains("KD same").doesNotContain("TV"));
    assertThat(folder.resolve("told/compare.csv")).content().contains("judged_tilt_ess");
    assertThat(folder.resolve("told/index.html"))
        .content()
        .contains("TV of classes", "TV floor", "rise seen", "/judged/classes/value");
  }

  @Test
  void slipsInThePoolCostNoDrawing() throws IOException {
    Outcome.of(command("judged", "steps", "--steps", "2", "--pool", pool().toString()))
        .assertRefused("--pool was drawn with the steps");
    List<String> begun = new ArrayList<>();
    CompareSpec spec = spec("judged", "top_k").withRespacing("2");
    assertThatThrownBy(() -> run(spec, "steps", begun)).hasMessageContaining("not ");
    assertThat(begun).isNotEmpty().allMatch(what -> what.equals("hashing models"));
    Outcome.of(command("judged", "both", "--pool", pool().toString(), "--pool-size", "9"))
        .assertRefused("give one of --pool and --pool-size");
  }
}
