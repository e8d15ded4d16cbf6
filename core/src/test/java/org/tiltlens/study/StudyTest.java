package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.study.StudyRuns.MODELS;
import static org.tiltlens.study.StudyRuns.STEPS;
import static org.tiltlens.study.StudyRuns.counting;
import static org.tiltlens.study.StudyRuns.images;
import static org.tiltlens.study.StudyRuns.laddered;
import static org.tiltlens.study.StudyRuns.run;
import static org.tiltlens.study.StudyRuns.solved;
import static org.tiltlens.study.StudyRuns.spec;
import static org.tiltlens.study.StudyRuns.specResult;
import static org.tiltlens.study.StudyRuns.stopAfter;
import static org.tiltlens.study.StudyRuns.twisted;
import static org.tiltlens.study.StudyRuns.with;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.fixture.PageNumbers;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.Version;

/** One run: the same bits however it is computed, and all that its folder tells. */
@Tag("rounding")
class StudyTest {
  @TempDir private Path folder;

  @Test
  void imagesAreTheSameBitsWhateverTheBatch() throws IOException {
    run(spec(4, 2), 1, folder.resolve("one"));
    run(spec(4, 2), 4, folder.resolve("four"));
    assertThat(images(folder.resolve("one"))).hasSize(8).isEqualTo(images(folder.resolve("four")));
  }

  @Test
  void anImageIsTheSameWhateverIsDrawnBesideIt() throws IOException {
    run(spec(1, 2), 1, folder.resolve("alone"));
    run(spec(3, 2), 2, folder.resolve("beside"));
    assertThat(images(folder.resolve("beside")))
        .containsAllEntriesOf(images(folder.resolve("alone")));
  }

  @Test
  void aStoppedRunGoesOnToTheSameBits() throws IOException {
    StudySpec spec = spec(3, 2);
    run(spec, 1, folder.resolve("whole"));
    Path stopped = folder.resolve("stopped");
    // One image whole, the second under way: as if the machine had stopped there.
    long stopAfter = STEPS + STEPS / 2;
    Execution execution = new Execution("cpu", 1, 1, 1);
    assertThatThrownBy(
            () ->
                Study.run(
                    "visualize", spec, execution, stopped, stopAfter(stopAfter), Duration.ZERO))
        .hasMessage("stopped");
    assertThat(stopped.resolve("run.json")).doesNotExist();
    assertThat(stopped.resolve(".state/batch-1.safetensors")).exists();

    AtomicLong stepsLeft = new AtomicLong();
    StudyResult result =
        Study.run("visualize", spec, execution, stopped, counting(stepsLeft), Duration.ofDays(1));
    assertThat(images(stopped)).isEqualTo(images(folder.resolve("whole")));
    assertThat(result.results().get(0).pathKl())
        .isEqualTo(specResult(folder.resolve("whole")).results().get(0).pathKl());
    assertThat(stopped.resolve(".state")).doesNotExist();
    assertThat(stepsLeft)
        .as("all steps are reported, those done before included")
        .hasValue(2 * 3L * STEPS);
  }

  @Test
  void aStoppedRunOfMultistepMethodGoesOnToTheSameBits() throws IOException {
    StudyResult whole = run(solved(2), 2, folder.resolve("whole"));
    Path stopped = folder.resolve("stopped");
    Execution execution = new Execution("cpu", 1, 1, 1);
    assertThatThrownBy(
            () ->
                Study.run(
                    "visualize",
                    solved(2),
                    execution,
                    stopped,
                    stopAfter(STEPS / 2),
                    Duration.ZERO))
        .hasMessage("stopped");
    StudyResult resumed =
        Study.run("visualize", solved(2), execution, stopped, Progress.SILENT, Duration.ofDays(1));
    assertThat(images(stopped)).isEqualTo(images(folder.resolve("whole")));
    assertThat(resumed.results()).isEqualTo(whole.results());
    assertThat(whole.results().get(0).pathKl()).isNull();
  }

  private static StudyResult from(ModelShelf shelf, StudySpec spec, Path out) throws IOException {
    Execution execution = new Execution("cpu", 1, 1, 1);
    return Study.run("visualize", spec, execution, out, Progress.SILENT, Duration.ofDays(1), shelf);
  }

  /** Each from its own half of the pool, at the tilt that the first one found. */
  @Test
  @Tag("slow")
  void islandsAreIndependentRunsTakenTogether() throws IOException {
    StudySpec spec = StudyRuns.exact(12, 3, 2, 4, new AimSpec.Given(2));
    StudyResult.UnitResult found = run(spec, 1, folder.resolve("out")).results().get(0);
    assertThat(found.annealed().particles()).isEqualTo(6);
    assertThat(found.annealed().poolPaths()).isEqualTo(12);
    assertThat(found.estimates().logZ().estimator()).contains("on 2 islands");
    assertThat(found.images()).hasSize(4);
    assertThat(PageNumbers.requireOf(folder.resolve("out"), 4 * 2 + 5))
        .contains("responds to", "effective paths", found.unit());
    assertThatThrownBy(
            () ->
                run(StudyRuns.exact(12, 3, 7, 4, new AimSpec.Given(2)), 1, folder.resolve("many")))
        .hasMessageContaining(
            "islands 7 of a pool of 12 paths: each needs two or more, so give at most 6");
  }

  /** Whose errors from the families of one run would be too small. */
  @Test
  @Tag("slow")
  void severalIslandsAreUsualWhereThePoolCannotTell() throws IOException {
    AimSpec far = new AimSpec.Given(12);
    StudyResult.UnitResult found =
        run(StudyRuns.exact(64, 16, null, 2, far), 1, folder.resolve("far")).results().get(0);
    assertThat(found.annealed().poolEss()).isLessThan(8);
    assertThat(found.estimates().logZ().estimator()).contains("16 particles").contains("2 islands");
    AimSpec near = new AimSpec.Given(0.01);
    StudySpec usual = StudyRuns.exact(64, 16, null, 2, near);
    StudyResult.UnitResult told = run(usual, 1, folder.resolve("near")).results().get(0);
    assertThat(told.estimates().logZ().estimator()).doesNotContain("islands");
    run(StudyRuns.exact(64, 16, 1, 2, near), 1, folder.resolve("one"));
    assertThat(images(folder.resolve("near"))).isEqualTo(images(folder.resolve("one")));
  }

  @Test
  void aFinishedRunAnswersWithoutOpeningANetwork() throws IOException {
    Path out = folder.resolve("out");
    StudyResult made;
    try (ModelShelf shelf = new ModelShelf()) {
      made = from(shelf, spec(1, 2), out);
      ModelFiles files = spec(1, 2).models();
      assertThat(shelf.opened()).containsExactly(files.dictionary(), files.vision(), files.prior());
    }
    try (ModelShelf shelf = new ModelShelf()) {
      assertThat(from(shelf, spec(1, 2), out)).isEqualTo(made);
      assertThatThrownBy(() -> from(shelf, spec(1, 3), out))
          .hasMessageContaining("holds a finished run with other settings");
      assertThat(shelf.opened()).isEmpty();

      // As a part of a demo or a comparison.
      Map<String, String> hashes = FileHashes.of(spec(1, 2).files(), Progress.SILENT);
      Execution execution = new Execution("cpu", 1, 1, 1);
      Study.Run part = new Study.Run("visualize", spec(1, 2), execution, hashes, System.nanoTime());
      AtomicLong skipped = new AtomicLong();
      Progress.Task task = counting(skipped).begin("drawing", Study.units(spec(1, 2)));
      assertThat(Study.draw(part, shelf, out, task)).isEqualTo(made);
      assertThat(skipped).hasValue(Study.units(spec(1, 2)));
      assertThat(shelf.opened()).isEmpty();
    }
  }

  @Test
  void runJsonIsEnoughToRepeatTheRun() throws IOException {
    run(spec(1, 2), 1, folder.resolve("first"));
    StudySpec read = Study.specOf(folder.resolve("first/run.json"));
    assertThat(read).isEqualTo(spec(1, 2));
    run(read, 1, folder.resolve("again"));
    assertThat(images(folder.resolve("again"))).isEqualTo(images(folder.resolve("first")));
  }

  @Test
  void runJsonSaysWhatIsInTheFolder() throws IOException {
    Path out = folder.resolve("out");
    StudyResult result = run(spec(2, 2), 2, out);
    assertThat(specResult(out)).isEqualTo(result);
    StudyResult.UnitResult unit = result.results().get(0);
    assertThat(unit.feature()).isEqualTo(3);
    assertThat(unit.images()).hasSize(2);
    for (StudyResult.ImageResult image : unit.images()) {
      assertThat(ImageIO.read(out.resolve(image.file()).toFile()).getWidth()).isEqualTo(32);
      assertThat(out.resolve(image.tensor())).exists();
      assertThat(image.pathKl()).isPositive();
    }
    assertThat(unit.meanScore())
        .isEqualTo((unit.images().get(0).score() + unit.images().get(1).score()) / 2);
    assertThat(result.modelSha256())
        .hasSize(4)
        .allSatisfy((file, hash) -> assertThat(hash).hasSize(64));
  }

  @Test
  void tiltingRaisesTheScore() throws IOException {
    double natural = run(spec(4, 0), 2, folder.resolve("prior")).results().get(0).meanScore();
    double tilted = run(spec(4, 20), 2, folder.resolve("tilted")).results().get(0).meanScore();
    assertThat(tilted).isGreaterThan(natural);
  }

  @Test
  void everyGradientRaisesTheScoreInItsOwnWay() throws IOException {
    StudyResult.UnitResult natural = run(spec(2, 0), 2, folder.resolve("p")).results().get(0);
    StudyResult.UnitResult full = run(spec(2, 20), 2, folder.resolve("f")).results().get(0);
    StudyResult.UnitResult x0 = run(with("x0", null), 2, folder.resolve("x")).results().get(0);
    StudyResult.UnitResult smoothed = run(with("full", 2), 2, folder.resolve("s")).results().get(0);
    assertThat(List.of(x0.meanScore(), smoothed.meanScore()))
        .allSatisfy(score -> assertThat(score).isGreaterThan(natural.meanScore()))
        .doesNotContain(full.meanScore());
    assertThat(x0.approximation()).contains("through the prior's network");
    assertThat(smoothed.approximation()).contains("perturbed clean estimates");
    assertThat(x0.pathKl()).isPositive();
  }

  @Test
  void aFolderIsNotSharedByTwoRuns() throws IOException {
    Path out = folder.resolve("out");
    StudyResult finished = run(spec(1, 2), 1, out);
    assertThat(run(spec(1, 2), 4, out)).as("nothing is drawn again").isEqualTo(finished);
    assertThatThrownBy(() -> run(spec(1, 3), 1, out)).hasMessageContaining("holds a finished run");
    Files.delete(out.resolve("run.json"));
    RunFolder.open(out, "another run").close();
    assertThatThrownBy(() -> run(spec(1, 3), 1, out))
        .hasMessageContaining("other settings, models or images");
    try (RunFolder held = RunFolder.open(folder.resolve("held"), "a run")) {
      assertThat(held.state("x").getParent()).exists();
      assertThatThrownBy(() -> RunFolder.open(folder.resolve("held"), "a run"))
          .hasMessageContaining("in use");
    }
  }

  @Test
  void damagedStateIsNamedAndLeftAlone() throws IOException {
    Path out = folder.resolve("out");
    Execution execution = new Execution("cpu", 1, 1, 1);
    assertThatThrownBy(
            () -> Study.run("visualize", spec(1, 2), execution, out, stopAfter(2), Duration.ZERO))
        .hasMessage("stopped");
    Path state = out.resolve(".state/batch-0.safetensors");
    byte[] whole = Files.readAllBytes(state);
    Files.write(state, java.util.Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> run(spec(1, 2), 1, out)).hasMessageContaining("batch-0.safetensors");
    assertThat(state).hasSize(whole.length / 2);
  }

  @Test
  void versionIsTheBuilds() throws IOException {
    assertThat(Files.readString(Path.of("pom.xml")))
        .contains("<version>" + Version.NUMBER + "</version>");
  }

  @Test
  void specsSayWhatIsMissing() {
    assertThatThrownBy(() -> spec(0, 1)).hasMessageContaining("illegal count: 0");
    assertThatThrownBy(() -> twisted(1, 1)).hasMessageContaining("illegal particles: 1");
    assertThatThrownBy(() -> twisted(4, 5))
        .hasMessage("5 images of 4 particles: give particles 5 or more");
    assertThatThrownBy(() -> spec("tilt", 4, null, 1, 1))
        .hasMessage("particles 4 has a meaning only with guidance twisted");
    assertThatThrownBy(() -> spec("twisted", null, null, 1, 1))
        .hasMessage("guidance twisted needs particles");
    assertThatThrownBy(() -> with("x0", 3))
        .hasMessage("smoothing 3 has a meaning only with gradient full");
    assertThatThrownBy(() -> laddered(2, 0.0, 1.0))
        .hasMessageContaining("does not end at beta 2.0");
    assertThatThrownBy(() -> laddered(2, 1.0, 2.0)).hasMessageContaining("expected 0 first");
    assertThatThrownBy(() -> laddered(1, 0.0, 2.0)).hasMessageContaining("give count 2 or more");
    assertThatThrownBy(() -> spec("twisted", 4, List.of(0.0, 2.0), 2, 2))
        .hasMessageContaining("only with guidance tilt and beta");
  }

  @Test
  void aPriorTooLargeForTheMachineIsDrawnOneImageAtATime() throws IOException {
    Path large = folder.resolve("large");
    try (var file = new java.io.RandomAccessFile(large.toFile(), "rw")) {
      file.setLength(org.tiltlens.torch.MemoryBound.machineBytes() / 10); // sparse: takes no disk
    }
    assertThat(drawnBy(large).usualBatch(16)).isEqualTo(1);
    assertThat(drawnBy(MODELS.resolve("adm_unet.pt")).usualBatch(16)).isEqualTo(16);
  }

  private static ModelFiles drawnBy(Path prior) {
    return new ModelFiles("vision", Map.of(), null, null, prior.toString(), Map.of(), null);
  }
}
