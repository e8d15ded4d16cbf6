package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.corpus.Framing;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.Preset;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.Json;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;

/** A spec in parts: what is usual, what cannot be, and how a file has it, also one of 0.1.0. */
class StudySpecTest {
  private static final ModelFiles EMBEDDED =
      new ModelFiles(
          "embedded:vision.safetensors",
          Map.of(),
          null,
          "embedded:dictionary",
          "embedded:prior.safetensors",
          Map.of(),
          "embedded:features.parquet");
  private static final ScoreSpec MIX =
      new ScoreSpec("feature:117@pre", new SpatialReduction.Mix(0.7), 0.5);
  private static final Objective MAXIMIZE = new Objective.Maximize();
  private static final ScoreGradient FULL = new ScoreGradient.ThroughPrior();

  @TempDir private Path folder;

  private static StepsSpec steps(StepsSpec.Form form, String respacing) {
    return new StepsSpec(form, "linear", 1000, respacing);
  }

  /** What the command lines that made the files ask for. */
  private static Stream<Arguments> released() {
    StepsSpec three = steps(new StepsSpec.Ddpm(), "3");
    AimSpec given = new AimSpec.Given(0.9);
    return Stream.of(
        Arguments.of(
            "tilt",
            new StudySpec(
                EMBEDDED,
                MIX,
                MAXIMIZE,
                new GuidanceSpec.Tilt(given, null, FULL, Strength.FULL),
                three,
                2,
                45)),
        Arguments.of(
            "target",
            new StudySpec(
                EMBEDDED,
                MIX,
                MAXIMIZE,
                new GuidanceSpec.Tilt(
                    new AimSpec.Wanted(Target.percentile(90), new Pilots(1, 2)),
                    new LadderSpec.Rungs(1),
                    new ScoreGradient.Smoothed(2),
                    Strength.FULL),
                three,
                2,
                45)),
        Arguments.of(
            "twisted",
            new StudySpec(
                EMBEDDED,
                MIX,
                MAXIMIZE,
                new GuidanceSpec.Twisted(given, 4, 1, Strength.TEMPERED),
                three,
                2,
                -7)),
        Arguments.of(
            "constant",
            new StudySpec(
                EMBEDDED,
                new ScoreSpec(
                    "feature:117@pre",
                    new SpatialReduction.LogSumExp(new Ramp(0.5, 0.1, 0.5, Ramp.Shape.LINEAR)),
                    0.5),
                new Objective.Hinge(4, 0.5),
                new GuidanceSpec.Constant(
                    1.5, new ScoreGradient.CleanEstimate(), new Strength(Ramp.constant(1), 0.1)),
                steps(new StepsSpec.Ddim(0.25), "ddim3"),
                1,
                45)));
  }

  /** Another text would be another job of the same images. */
  @Test
  void noNoiseIsNoNoise() {
    assertThat(new StepsSpec.Ddim(-0.0)).isEqualTo(new StepsSpec.Ddim(0));
  }

  @ParameterizedTest
  @MethodSource("released")
  void aRunOfTheFirstReleaseIsRead(String name, StudySpec meant) throws Exception {
    Path file = Path.of(StudySpecTest.class.getResource("run-0.1.0-" + name + ".json").toURI());
    assertThat(Study.specOf(file)).isEqualTo(meant);
    StudyResult whole = Json.read(file, null, StudyResult.class);
    assertThat(whole.spec()).isEqualTo(meant);
    assertThat(whole.results().get(0).guidance()).isEqualTo(meant.guidance().word());
  }

  @ParameterizedTest
  @MethodSource("released")
  void whatIsWrittenIsReadAsTheSame(String name, StudySpec spec) throws IOException {
    assertThat(readAgain(spec)).as(name).isEqualTo(spec);
  }

  /** Kinds that no file of the first release here has. */
  private static Stream<StudySpec> others() {
    GuidanceSpec tilt =
        new GuidanceSpec.Tilt(
            new AimSpec.Wanted(Target.activation(2.5), null), null, FULL, Strength.FULL);
    GuidanceSpec laddered =
        new GuidanceSpec.Tilt(
            new AimSpec.Given(2),
            new LadderSpec.Betas(List.of(0.0, 0.5, 2.0)),
            FULL,
            new Strength(new Ramp(1, 0.5, 0.2, Ramp.Shape.EXPONENTIAL), 0.25));
    StepsSpec solved = steps(new StepsSpec.DpmSolver(), "ddim20");
    ScoreSpec max = new ScoreSpec("channel:1", new SpatialReduction.Max(), 1);
    ScoreSpec mean = new ScoreSpec("channel:1", new SpatialReduction.Mean(), 0.25);
    return Stream.of(
        new StudySpec(EMBEDDED, max, new Objective.Clip(4), tilt, solved, 3, Long.MIN_VALUE),
        new StudySpec(EMBEDDED, max, MAXIMIZE, tilt, steps(new StepsSpec.Heun(), "ddim20"), 3, 1),
        new StudySpec(EMBEDDED, max, MAXIMIZE, tilt, steps(new StepsSpec.Lcm(), "lcm4"), 3, 1),
        new StudySpec(EMBEDDED, mean, new Objective.Target(-1), laddered, solved, 3, 1));
  }

  @ParameterizedTest
  @MethodSource("others")
  void everyKindIsReadAsItWasWritten(StudySpec spec) throws IOException {
    assertThat(readAgain(spec)).isEqualTo(spec);
  }

  private StudySpec readAgain(StudySpec spec) throws IOException {
    Path file = folder.resolve("run.json");
    Files.writeString(file, Json.write(Map.of("spec", spec)));
    return Study.specOf(file);
  }

  @Test
  void aFileSaysInAWordWhatEachPartIs() {
    StudySpec spec = others().toList().get(3);
    assertThat(Json.write(spec).replaceAll("\\s", ""))
        .contains(
            "\"score\":{\"unit\":\"channel:1\",\"reduction\":{\"kind\":\"mean\"},\"center\":0.25}",
            "\"objective\":{\"kind\":\"target\",\"level\":-1.0}",
            "\"guidance\":{\"kind\":\"tilt\",\"aim\":{\"beta\":2.0},"
                + "\"ladder\":{\"betas\":[0.0,0.5,2.0]},\"gradient\":{\"kind\":\"full\"},"
                + "\"strength\":{\"ramp\":\"1.0:0.5:0.2:exponential\",\"off_at_end\":0.25}}",
            "\"steps\":{\"form\":{\"kind\":\"dpmsolver\"},\"schedule\":\"linear\","
                + "\"base_steps\":1000,\"respacing\":\"ddim20\"}")
        .doesNotContain("null", "twisted");
  }

  @Test
  void aNumberThatIsMissingIsNoZero() throws IOException {
    Path file = folder.resolve("run.json");
    String whole = Json.write(Map.of("spec", released().toList().get(3).get()[1]));
    for (String number : List.of("scale", "cap", "eta", "center", "base_steps")) {
      String without = whole.replaceFirst("\"" + number + "\" : [-0-9.]+,", "");
      without = without.replaceFirst(",?\\s*\"" + number + "\" : [-0-9.]+", "");
      Files.writeString(file, without);
      assertThatThrownBy(() -> Study.specOf(file))
          .as(number)
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining(number.replace("base_steps", "base"));
    }
  }

  @Test
  void theSpecOfAnotherCommandIsNone() throws IOException {
    Path file = folder.resolve("run.json");
    Files.writeString(file, "{\"spec\": {\"bundle\": \"b/\", \"count\": 2, \"seed\": 3}}");
    assertThatThrownBy(() -> Study.specOf(file))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(
            "run.json' cannot be read: no spec of images to draw: expected models");
  }

  private static final Bundle BUNDLE =
      new Bundle(
          "b/",
          new BundleManifest(
              "name",
              32,
              Framing.Fit.values()[0],
              "vision",
              Map.of(),
              null,
              "dictionary",
              "prior",
              Map.of(),
              "cosine",
              500,
              "25",
              null,
              Preset.standard,
              "corpus",
              "features",
              null,
              null,
              "licence",
              null,
              Map.of()));

  @Test
  void aBundleKnowsWhatIsUsual() {
    StudySpec spec = StudySpec.of(BUNDLE, "feature:1@pre", Target.percentile(99));
    assertThat(spec)
        .isEqualTo(
            new StudySpec(
                BUNDLE.models(),
                new ScoreSpec("feature:1@pre", new SpatialReduction.Mix(0.7), 0.5),
                MAXIMIZE,
                new GuidanceSpec.Tilt(
                    new AimSpec.Wanted(Target.percentile(99), Pilots.USUAL),
                    null,
                    FULL,
                    Strength.FULL),
                new StepsSpec(new StepsSpec.Ddpm(), "cosine", 500, "25"),
                Pilots.USUAL.images(),
                45));
    assertThat(StudySpec.of(BUNDLE, "feature:1@pre", 2).count()).isEqualTo(4);
  }

  @Test
  void oneThingIsChangedAtATime() {
    StudySpec spec = StudySpec.of(BUNDLE, "feature:1@pre", Target.percentile(99));
    StudySpec other = spec.withCount(3).withSeed(7).withRespacing("ddim10");
    assertThat(List.of(other.count(), other.seed(), other.respacing()))
        .isEqualTo(List.of(3, 7L, "ddim10"));
    assertThat(other.withCount(spec.count()).withSeed(spec.seed()).withRespacing(spec.respacing()))
        .isEqualTo(spec);
    assertThat(other.twisted(8).guidance())
        .isEqualTo(
            new GuidanceSpec.Twisted(
                new AimSpec.Wanted(Target.percentile(99), null), 8, Strength.TEMPERED));
    assertThat(other.twisted(8).particles()).isEqualTo(8);
    assertThatThrownBy(() -> other.twisted(2))
        .hasMessage("3 images of 2 particles: give particles 3 or more");
  }

  @Test
  void islandsThatNobodyNamesAreAsManyAsParticlesAndPoolAllow() {
    PoolChoice pool = new PoolChoice.Drawn(512, 0);
    ExactGuidance usual = ExactGuidance.usual(new AimSpec.Given(1), pool);
    assertThat(usual.islandsOf(512)).isEqualTo(4);
    assertThat(usual.islandsOf(64)).isEqualTo(2);
    assertThat(usual.islandsOf(40)).isEqualTo(1);
    assertThat(usual.onEach(4, 16)).isEqualTo(16);
    assertThat(usual.onEach(4, 100)).isEqualTo(25);
    ExactGuidance some = new ExactGuidance(usual.aim(), pool, 24, null, 0.6, 5, 0);
    assertThat(some.islandsOf(512)).isEqualTo(3);
    assertThat(some.onEach(3, 16)).isEqualTo(8);
    ExactGuidance one = new ExactGuidance(usual.aim(), pool, null, 1, 0.6, 5, 0);
    assertThat(one.islandsOf(512)).isEqualTo(1);
  }
}
