package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.diffusion.LcmStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.frontier.Frontier;
import org.tiltlens.frontier.FrontierMethod;
import org.tiltlens.frontier.FrontierPoint;
import org.tiltlens.frontier.FrontierResult;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.Pool;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolRun;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.CancelledException;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;

/** {@code frontier} as scripts use it, and what a stopped one keeps. */
class FrontierCommandTest {
  private static final Execution CPU = new Execution("cpu", 1, 1, 1);
  private static final int PATHS = 60;
  private static final double WEAK = 0.5;
  private static final double STRONG = 3;

  @TempDir private static Path bundle;

  @TempDir private Path folder;

  @BeforeAll
  static void writeBundle() throws IOException {
    TinyBundle.write(bundle);
  }

  private List<String> frontier(String... more) {
    List<String> arguments = new ArrayList<>(List.of("frontier"));
    arguments.addAll(List.of("--bundle", bundle.toString(), "--out", out().toString()));
    arguments.addAll(List.of(more));
    return arguments;
  }

  private Path out() {
    return folder.resolve("out");
  }

  @Test
  void everyMethodHasItsPoints() throws IOException {
    List<String> arguments =
        frontier(
            "--feature",
            "3",
            "--count",
            "2",
            "--particles",
            "3",
            "--scales",
            "0.1",
            "--pool-size",
            "40",
            "--betas",
            "0.5,1,2",
            "--json");
    Outcome outcome = Outcome.of(arguments).assertDone();
    JsonNode run = new ObjectMapper().readTree(outcome.out());
    assertThat(run.at("/betas")).hasSize(3);
    assertThat(methods(run))
        .containsExactlyInAnyOrder(
            "retrieval", "top_k", "best_of_n", "exact", "plug_in_tilt", "twisted", "constant");
    for (JsonNode point : run.at("/points")) {
      for (String key : List.of("setting", "mean", "mean_se", "kl", "kl_se", "seconds")) {
        assertThat(point.path(key).isNumber()).as(key + " of " + point).isTrue();
      }
      assertThat(point.path("estimator").asText()).isNotEmpty();
    }
    assertThat(new ObjectMapper().readTree(out().resolve("frontier.json").toFile()).at("/points"))
        .isEqualTo(run.at("/points"));
    for (String file : List.of("frontier.png", "frontier.svg", "index.html")) {
      assertThat(out().resolve(file)).isNotEmptyFile();
    }
    assertThat(new ObjectMapper().readTree(Outcome.of(arguments).assertDone().out()))
        .as("a finished one is not made again")
        .isEqualTo(run);
    arguments.addAll(List.of("--seed", "46"));
    Outcome.of(arguments).assertRefused("holds a finished run with other settings");
  }

  @Test
  void exactPointsAreThoseOfThePoolOrDrawnWhereItIsTooSmall() throws IOException {
    FrontierSpec spec =
        FrontierSpec.of(Bundle.at(bundle), 3)
            .withBetas(List.of(WEAK, STRONG))
            .withPool(new PoolChoice.Drawn(PATHS, PoolSpec.USUAL_SEED))
            .withScales(List.of())
            .withParticles(0)
            .withCount(2);
    FrontierResult run = Frontier.run(spec, CPU, out(), Progress.SILENT);
    ScoreSample sample = poolScores();
    assertThat(sample.tilted(WEAK).ess()).isGreaterThan(30);
    assertThat(sample.tilted(STRONG).ess()).isBetween(8.0, 30.0);

    FrontierPoint weak = exact(run, WEAK);
    assertThat(weak.mean()).isCloseTo(sample.tilted(WEAK).mean(), within(1e-4));
    assertThat(weak.klSe())
        .isCloseTo(sample.tilted(WEAK).estimate().kl().standardError(), within(1e-4));
    assertThat(weak.images()).isEqualTo(PATHS);
    assertThat(out().resolve("exact-" + WEAK)).doesNotExist();
    StudyResult.UnitResult drawn =
        RunFolder.finished(out().resolve("exact-" + STRONG), StudyResult.class)
            .orElseThrow()
            .results()
            .get(0);
    FrontierPoint strong = exact(run, STRONG);
    assertThat(strong.kl()).isEqualTo(drawn.kl());
    assertThat(strong.mean()).isEqualTo(drawn.meanScore());
    assertThat(strong.meanSe()).isEqualTo(drawn.estimates().meanScore().standardError());
    assertThat(strong.estimator()).endsWith("effective paths");
    assertThat(run.pointsOf(FrontierMethod.EXACT))
        .as("the curve between, as far as the pool tells")
        .hasSizeGreaterThan(2)
        .allSatisfy(
            point ->
                assertThat(point.setting() == STRONG || sample.tilted(point.setting()).ess() >= 30)
                    .isTrue());

    FrontierSpec usual = spec.withoutExact().withBetas(List.of());
    FrontierResult without = Frontier.run(usual, CPU, folder.resolve("without"), Progress.SILENT);
    assertThat(without.pointsOf(FrontierMethod.EXACT)).isEmpty();
    assertThat(without.betas()).as("those of the usual percentiles").hasSize(4);
  }

  private static FrontierPoint exact(FrontierResult run, double beta) {
    return run.pointsOf(FrontierMethod.EXACT).stream()
        .filter(point -> point.setting() == beta)
        .findFirst()
        .orElseThrow();
  }

  /** By means of its own. */
  private ScoreSample poolScores() throws IOException {
    Bundle own = Bundle.at(bundle);
    PoolRun.run(PoolSpec.of(own, PATHS), CPU, folder.resolve("pool"), Progress.SILENT);
    try (ModelShelf shelf = new ModelShelf();
        Pool pool = Pool.open(folder.resolve("pool"))) {
      StudyModels models =
          StudyModels.open(
              StudySpec.of(own, "feature:3@pre", 0), shelf, Device.CPU, Progress.SILENT);
      return CorpusScores.of(
              pool.images(), PATHS, models.score(), Device.CPU, new Lanes(1, 1), looked -> {})
          .sample();
    }
  }

  private static Set<String> methods(JsonNode run) {
    return StreamSupport.stream(run.at("/points").spliterator(), false)
        .map(point -> point.path("method").asText())
        .collect(Collectors.toSet());
  }

  private FrontierSpec spec() {
    return new FrontierSpec(
        bundle + "/",
        3,
        List.of(0.5, 1.0),
        false,
        null,
        2,
        2,
        List.of(),
        List.of(4),
        List.of(2),
        null,
        "3",
        45,
        Map.of());
  }

  private FrontierResult run(Path to, Progress progress) throws IOException {
    return Frontier.run(spec(), CPU, to, progress);
  }

  @Test
  void stoppedBetweenPointsItGoesOnWithTheNext() throws IOException {
    FrontierResult whole = run(folder.resolve("whole"), Progress.SILENT);
    assertThatThrownBy(() -> run(out(), stopAt("twisted sampler"))).hasMessage("stopped");
    assertThat(out().resolve("run.json")).doesNotExist();
    List<Path> kept;
    try (Stream<Path> state = Files.list(out().resolve(".state"))) {
      kept = state.filter(file -> file.getFileName().toString().startsWith("point-")).toList();
    }
    assertThat(kept).hasSize(whole.points().size() - 2);
    // A point that is measured again has another number of seconds.
    for (Path file : kept) {
      String text = Files.readString(file).replaceAll("(\"seconds\" : )[^\\s]+", "$1 1234.5");
      Files.writeString(file, text);
    }

    FrontierResult resumed = run(out(), Progress.SILENT);
    assertThat(resumed.points())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("seconds")
        .isEqualTo(whole.points());
    assertThat(resumed.points().stream().filter(point -> point.seconds() == 1234.5))
        .extracting(FrontierPoint::method)
        .hasSize(kept.size())
        .doesNotContain(FrontierMethod.TWISTED);
    assertThat(out().resolve(".state")).doesNotExist();
  }

  /** Its points are of such steps, as the sampler alone draws them, and have no path KL. */
  @Test
  void stepsOfAnotherFormGoOnToTheSamePoints() throws IOException {
    FrontierSpec spec =
        spec().withParticles(0).withScales(List.of(0.1)).withSteps(new StepsSpec.Lcm(), "lcm2");
    FrontierResult whole = Frontier.run(spec, CPU, folder.resolve("whole"), Progress.SILENT);
    assertThatThrownBy(() -> Frontier.run(spec, CPU, out(), stopAt("constant scale")))
        .hasMessage("stopped");
    FrontierResult resumed = Frontier.run(spec, CPU, out(), Progress.SILENT);
    assertThat(resumed.points())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("seconds")
        .isEqualTo(whole.points());
    assertThat(out().resolve("run.json")).content().contains("\"kind\" : \"lcm\"");
    for (FrontierPoint point : whole.pointsOf(FrontierMethod.PLUG_IN_TILT)) {
      assertThat(point.kl()).isEqualTo(point.setting() == 0 ? Double.valueOf(0) : null);
      assertThat(point.mean()).isCloseTo(byHand(point.setting()), within(1e-9));
    }
    assertThatThrownBy(() -> Frontier.run(spec.withRespacing("lcm3"), CPU, out(), Progress.SILENT))
        .hasMessageContaining("other settings");
    assertThatThrownBy(() -> spec.withParticles(2))
        .hasMessage(
            "particles 2 of the twisted sampler, which 0 leaves out, weigh ancestral steps: give"
                + " form ddpm, not lcm");
    assertThatThrownBy(() -> spec.withSteps(new StepsSpec.Heun(), "ddim3"))
        .hasMessage("form heun has no place for constant guidance: give no scales, or form ddpm");
  }

  /** Mean score of two images of LCM's two steps. */
  private static double byHand(double beta) throws IOException {
    StudySpec study =
        StudySpec.of(Bundle.at(bundle), "feature:3@pre", beta)
            .withSteps(new StepsSpec.Lcm(), "lcm2");
    try (ModelShelf shelf = new ModelShelf()) {
      StudyModels models = StudyModels.open(study, shelf, Device.CPU, Progress.SILENT);
      Guidance tilt =
          new Guidance.Tilt(beta, new Objective.Maximize(), study.guidance().strength());
      GuidedSampler sampler =
          new GuidedSampler(models.prior(), models.score(), tilt, new LcmStep());
      try (Trajectory first = sampler.run(45, 0);
          Trajectory second = sampler.run(45, 1);
          Scope scope = Scope.open()) {
        return (models.score().of(models.prior().decode(first.x())).item_double()
                + models.score().of(models.prior().decode(second.x())).item_double())
            / 2;
      }
    }
  }

  /** Its steps are saved: only the last one of the two particles is left. */
  @Test
  void aCancelledPointGoesOnWhereItWas() throws IOException {
    FrontierResult whole = run(folder.resolve("whole"), Progress.SILENT);
    long all = steps(whole);
    Counted counted = new Counted(all - 2);
    assertThatThrownBy(() -> run(out(), counted)).isInstanceOf(CancelledException.class);
    Counted left = new Counted(Long.MAX_VALUE);
    FrontierResult resumed = run(out(), left);
    assertThat(left.done.get()).as("steps taken after the cancel").isEqualTo(2);
    assertThat(resumed.points())
        .usingRecursiveFieldByFieldElementComparatorIgnoringFields("seconds")
        .isEqualTo(whole.points());
  }

  /** Three steps of two images at 0 and at each beta, and of two particles at each beta. */
  private static long steps(FrontierResult whole) {
    return 3L * 2 * (1 + 2 * whole.betas().size());
  }

  /** Cancels after some steps of drawing, and counts them. */
  private static final class Counted implements Progress {
    private final AtomicLong done = new AtomicLong();
    private final long most;

    Counted(long most) {
      this.most = most;
    }

    @Override
    public Task begin(String what, long units) {
      return new Task() {
        @Override
        public void advance(long more) {
          if (what.startsWith("drawing")) {
            done.addAndGet(more);
          }
        }

        @Override
        public void skip(long more) {}
      };
    }

    @Override
    public boolean cancelled() {
      return done.get() >= most;
    }
  }

  private static Progress stopAt(String method) {
    return (what, total) ->
        new Progress.Task() {
          @Override
          public void note(String state) {
            if (state.startsWith(method)) {
              throw new IllegalStateException("stopped");
            }
          }
        };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--feature 3 --betas 1,lots     | 'lots' is not a number",
        "--feature 3 --betas 1,NaN      | illegal beta: NaN, must be a finite number",
        "--feature 3 --betas 1,1        | illegal betas: [1.0, 1.0], each may stand there once",
        "--feature 3 --scales Infinity  | illegal scale: Infinity, must be a finite number",
        "--feature 3 --count 1          | illegal --count: 1, must be in 2..100000",
        "--feature 3 --particles 1      | illegal particles: 1, must be in 2..100000, or 0",
        "--feature 3 --steps 0          | 0",
        "--feature 999                  | feature 999 does not exist",
        "--feature 3 --device gpu       | use cpu, or cuda:0",
        "--betas 1                      | --feature",
      })
  void wrongUsageSaysWhatToChangeInOneLine(String options, String expected) {
    Outcome.of(frontier(options.strip().split(" +"))).assertRefused(expected);
    assertThat(out()).doesNotExist();
  }
}
