package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.tiltlens.study.StudyRuns.STEPS;
import static org.tiltlens.study.StudyRuns.counting;
import static org.tiltlens.study.StudyRuns.images;
import static org.tiltlens.study.StudyRuns.laddered;
import static org.tiltlens.study.StudyRuns.run;
import static org.tiltlens.study.StudyRuns.spec;
import static org.tiltlens.study.StudyRuns.specResult;
import static org.tiltlens.study.StudyRuns.stopAfter;
import static org.tiltlens.study.StudyRuns.twisted;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.synthesis.Particles;
import org.tiltlens.tilting.Pilot;

/** Runs that tell log Z: weighted particles, and ladders of betas. */
@Tag("rounding")
class TwistedStudyTest {
  @TempDir private Path folder;

  @Test
  void particlesAreTheSameBitsWhateverTheBatchAndAfterAStop() throws IOException {
    StudySpec spec = twisted(4, 3);
    StudyResult.UnitResult whole = run(spec, 1, folder.resolve("one")).results().get(0);
    run(spec, 4, folder.resolve("four"));
    assertThat(images(folder.resolve("one"))).hasSize(6).isEqualTo(images(folder.resolve("four")));

    Path stopped = folder.resolve("stopped");
    Execution execution = new Execution("cpu", 1, 1, 1);
    assertThatThrownBy(
            () ->
                Study.run(
                    "visualize", spec, execution, stopped, stopAfter(STEPS / 2), Duration.ZERO))
        .hasMessage("stopped");
    assertThat(stopped.resolve(".state/particles-0.safetensors")).exists();
    AtomicLong stepsLeft = new AtomicLong();
    StudyResult resumed =
        Study.run("visualize", spec, execution, stopped, counting(stepsLeft), Duration.ofDays(1));
    assertThat(images(stopped)).isEqualTo(images(folder.resolve("one")));
    assertThat(resumed.results()).containsExactly(whole);
    assertThat(stepsLeft).hasValue((4L + 3) * STEPS);
  }

  @Test
  void cloudsAreTheSameBitsWhateverTheBatchAndAfterAStop() throws IOException {
    StudySpec spec = StudyRuns.clouds(7, 3, 3);
    StudyResult.UnitResult whole = run(spec, 1, folder.resolve("one")).results().get(0);
    run(spec, 4, folder.resolve("four"));
    assertThat(images(folder.resolve("one"))).hasSize(6).isEqualTo(images(folder.resolve("four")));
    assertThat(whole.particles().clouds()).hasSize(3);
    assertThat(whole.particles().clouds().stream().mapToDouble(Particles.Cloud::share).sum())
        .isCloseTo(1, within(1e-12));
    assertThat(whole.estimates().logZ().estimator())
        .isEqualTo("twisted sampler, 7 particles in 3 clouds");
    double z =
        whole.particles().clouds().stream()
            .mapToDouble(cloud -> Math.exp(cloud.logZ()))
            .average()
            .orElseThrow();
    assertThat(whole.logZ()).isCloseTo(Math.log(z), within(1e-9));
    assertThat(Files.readString(folder.resolve("one/run.json"))).contains("\"clouds\" : [ {");

    // In the midst of the second cloud.
    Path stopped = folder.resolve("stopped");
    Execution execution = new Execution("cpu", 1, 1, 1);
    assertThatThrownBy(
            () ->
                Study.run(
                    "visualize",
                    spec,
                    execution,
                    stopped,
                    stopAfter(STEPS + STEPS / 2),
                    Duration.ZERO))
        .hasMessage("stopped");
    assertThat(stopped.resolve(".state/particles-1.safetensors")).exists();
    assertThat(stopped.resolve(".state/particles-2.safetensors")).doesNotExist();
    StudyResult resumed = run(spec, 1, stopped);
    assertThat(images(stopped)).isEqualTo(images(folder.resolve("one")));
    assertThat(resumed.results()).containsExactly(whole);
  }

  /** Runs of releases that knew of no clouds were of one. */
  @Test
  void specsWithoutCloudsAreOfOne() {
    String old = Json.write(StudyRuns.clouds(8, 4, 2)).replaceAll("\"clouds\" : 4,?", "");
    assertThat(old).doesNotContain("clouds");
    assertThat(Json.parse(old, StudySpec.class).guidance())
        .isEqualTo(StudyRuns.clouds(8, 1, 2).guidance());
  }

  @Test
  void particlesTellLogZAndKl() throws IOException {
    Path out = folder.resolve("out");
    StudyResult result = run(twisted(6, 4), 2, out);
    assertThat(specResult(out)).isEqualTo(result);
    StudyResult.UnitResult unit = result.results().get(0);
    Estimates estimates = unit.estimates();
    assertThat(unit.kl()).isCloseTo(2 * unit.meanScore() - unit.logZ(), within(1e-9));
    assertThat(estimates.logZ().estimator()).startsWith("twisted sampler, 6 particles");
    if (unit.particles().families() == 1) {
      assertThat(estimates.kl().standardError()).isNull();
      assertThat(estimates.kl().estimator()).endsWith(", all of one family");
    } else {
      assertThat(estimates.kl().standardError()).isNotNegative();
    }
    assertThat(unit.pathKl()).isNull();
    assertThat(unit.particles().essPerStep()).hasSize(STEPS + 1);
    assertThat(unit.particles().ess()).isBetween(1.0, 6.0 + 1e-9);
    assertThat(unit.particles().families()).isBetween(1, 6);
    assertThat(unit.images())
        .extracting(StudyResult.ImageResult::sample)
        .containsExactly(0, 1, 2, 3);
    assertThat(unit.images())
        .extracting(StudyResult.ImageResult::particle)
        .isSorted()
        .allSatisfy(particle -> assertThat(particle).isBetween(0, 5));
    String json = Files.readString(out.resolve("run.json"));
    assertThat(json).contains("\"log_z\" :", "\"ess\" :", "\"ess_per_step\" :", "\"families\" :");
  }

  @Test
  void aLadderTellsLogZAndTheCertificate() throws IOException {
    Path out = folder.resolve("out");
    StudyResult result = run(laddered(3, 0.0, 1.0, 2.0), 2, out);
    assertThat(specResult(out)).isEqualTo(result);
    StudyResult.UnitResult unit = result.results().get(0);
    assertThat(unit.ladder()).extracting(Pilot::beta).containsExactly(0.0, 1.0, 2.0);
    assertThat(unit.ladder().get(2).meanScore()).isCloseTo(unit.meanScore(), within(1e-12));
    double simpson =
        (unit.ladder().get(0).meanScore()
                + 4 * unit.ladder().get(1).meanScore()
                + unit.ladder().get(2).meanScore())
            / 3;
    assertThat(unit.logZ()).isCloseTo(simpson, within(1e-9));
    assertThat(unit.kl()).isCloseTo(2 * unit.meanScore() - unit.logZ(), within(1e-9));
    assertThat(unit.certificate())
        .isCloseTo(unit.pathKl() - 2 * unit.meanScore() + unit.logZ(), within(1e-9));
    assertThat(unit.estimates().logZ().estimator()).contains("plug-in sampler's means");
    assertThat(unit.estimates().certificate().standardError()).isPositive();

    StudyResult.UnitResult plain = run(spec(3, 2), 2, folder.resolve("plain")).results().get(0);
    assertThat(plain.images()).isEqualTo(unit.images());
    assertThat(plain.logZ()).isNull();
    assertThat(plain.estimates().pathKl()).isEqualTo(unit.estimates().pathKl());
  }

  @Test
  void aStoppedLadderGoesOn() throws IOException {
    StudySpec spec = laddered(2, 0.0, 2.0);
    StudyResult whole = run(spec, 2, folder.resolve("whole"));
    Path stopped = folder.resolve("stopped");
    Execution execution = new Execution("cpu", 1, 1, 1);
    assertThatThrownBy(
            () ->
                Study.run(
                    "visualize",
                    spec,
                    execution,
                    stopped,
                    stopAfter(2 * STEPS + STEPS / 2),
                    Duration.ZERO))
        .hasMessage("stopped");
    assertThat(stopped.resolve(".state/rung-0-from-0.safetensors")).exists();
    AtomicLong stepsLeft = new AtomicLong();
    StudyResult resumed =
        Study.run("visualize", spec, execution, stopped, counting(stepsLeft), Duration.ofDays(1));
    assertThat(resumed.results()).isEqualTo(whole.results());
    assertThat(stepsLeft).hasValue(3 * 2L * STEPS);
  }

  @Test
  void damagedParticlesAreNamedAndLeftAlone() throws IOException {
    Path out = folder.resolve("out");
    Execution execution = new Execution("cpu", 1, 1, 1);
    StudySpec spec = twisted(2, 1);
    assertThatThrownBy(
            () -> Study.run("visualize", spec, execution, out, stopAfter(1), Duration.ZERO))
        .hasMessage("stopped");
    Path state = out.resolve(".state/particles-0.safetensors");
    byte[] whole = Files.readAllBytes(state);
    Files.write(state, java.util.Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> run(spec, 1, out)).hasMessageContaining("particles-0.safetensors");
  }
}
