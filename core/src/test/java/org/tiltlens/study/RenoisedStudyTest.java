package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.annealing.RenoisingMove;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.CancelledException;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Samples that start from a corpus of noisy squares. */
class RenoisedStudyTest {
  private static final int CORPUS = 34;
  private static final int MOVES = 3;
  private static final int DRIFTING = 16;
  private static final double STRONG = -1e5;
  private static final Framing FRAMING = Framing.crop(32);

  @TempDir private Path folder;
  private Path corpus;

  @BeforeEach
  void write() throws IOException {
    corpus = Files.createDirectories(folder.resolve("corpus"));
    for (int i = 0; i < CORPUS; i++) {
      try (Scope scope = Scope.open()) {
        Tensor image = Tensors.scale(Noise.normal(3, i, 0, 3, 32, 32), 0.3);
        Images.writePng(corpus.resolve("square-%02d.png".formatted(i)), Images.toImage(image));
      }
    }
  }

  private StudySpec spec(int count, AimSpec aim, Framing framing, int limit) {
    StudySpec tilted = StudyRuns.spec(count, 2);
    CorpusWords from = new CorpusWords(corpus.toString(), framing, limit);
    return new StudySpec(
        tilted.models(),
        tilted.score(),
        tilted.objective(),
        new ExactWords(null, null, null, null, MOVES, null, from).leading(aim, null),
        tilted.steps(),
        count,
        tilted.seed());
  }

  private StudySpec spec(int count, double beta) {
    return spec(count, new AimSpec.Given(beta), FRAMING, Integer.MAX_VALUE);
  }

  private static StudyResult run(StudySpec spec, int lanes, Path to, Progress progress)
      throws IOException {
    return Study.run(
        "visualize", spec, new Execution("cpu", lanes, lanes, 1), to, progress, Duration.ofDays(1));
  }

  @Test
  void saysWhereImagesBeganAndWhichNeverMoved() throws IOException {
    // So strong that hardly a move is accepted.
    Path out = folder.resolve("out");
    StudyResult.UnitResult found = run(spec(3, STRONG), 2, out, Progress.SILENT).results().get(0);
    assertThat(found.guidance()).isEqualTo("renoised");
    assertThat(found.approximation()).contains("as far as the prior's reverse chain");
    RenoisedReport had = found.renoised();
    assertThat(had.corpusImages()).isEqualTo(CORPUS);
    assertThat(had.moves()).hasSize(MOVES).extracting(RenoisingMove::proposed).containsOnly(3);
    assertThat(had.moves().stream().mapToInt(RenoisingMove::accepted).sum())
        .isEqualTo(had.origins().stream().mapToInt(RenoisedReport.Origin::accepted).sum());
    assertThat(had.moved()).as("%s", had).isLessThan(3);
    try (Corpus images = Corpus.open(corpus, FRAMING);
        Scope scope = Scope.open()) {
      for (int i = 0; i < 3; i++) {
        RenoisedReport.Origin origin = had.origins().get(i);
        assertThat(origin.name()).isEqualTo(images.name(origin.index()));
        Tensor real = images.read(origin.index()).orElseThrow();
        Tensor shown = Images.toTensor(picture(out.resolve(found.images().get(i).file())));
        boolean same = shown.sub(real).abs().max().item_double() < 0.01;
        assertThat(same).isEqualTo(origin.accepted() == 0);
      }
    }
    assertThat(found.estimates().logZ().estimator())
        .isEqualTo("importance weights of 34 corpus images");
    assertThat(found.kl())
        .isCloseTo(
            STRONG * had.corpusMean().value() - found.logZ(),
            within(1e-9 * Math.abs(found.logZ())));
    assertThat(found.estimates().meanScore().estimator()).isEqualTo("mean of 3 images of 1 origin");
    assertThat(had.drift().images()).isEqualTo(DRIFTING);
    assertThat(had.drift().moves()).isEqualTo(MOVES);
  }

  private static java.awt.image.BufferedImage picture(Path file) throws IOException {
    return javax.imageio.ImageIO.read(file.toFile());
  }

  /** The corpus' own scores tell beta: no harvest is asked for. */
  @Test
  void aTargetIsTheCorpus() throws IOException {
    AimSpec aim = new AimSpec.Wanted(Target.percentile(80), null);
    StudySpec spec = spec(2, aim, FRAMING, Integer.MAX_VALUE);
    StudyResult.UnitResult found =
        run(spec, 2, folder.resolve("out"), Progress.SILENT).results().get(0);
    assertThat(found.target().percentile()).isEqualTo(80);
    double wanted = found.target().activation();
    assertThat(found.renoised().corpusMean().value())
        .isCloseTo(wanted, within(1e-6 * Math.abs(wanted)));
    assertThat(found.beta()).isPositive();
  }

  @Test
  void lanesAndACancelChangeNoBit() throws IOException {
    StudySpec spec = spec(2, 2);
    StudyResult whole = run(spec, 1, folder.resolve("whole"), Progress.SILENT);
    StudyResult lanes = run(spec, 3, folder.resolve("lanes"), Progress.SILENT);
    assertThat(lanes.results()).isEqualTo(whole.results());
    // Among the images, and among those that tell the drift.
    for (int steps : IntStream.of(2 * 2, 2 * MOVES + DRIFTING).toArray()) {
      Path out = folder.resolve("out-" + steps);
      assertThatThrownBy(() -> run(spec, 1, out, new CancelAfter(steps)))
          .isInstanceOf(CancelledException.class);
      CancelAfter never = CancelAfter.never();
      assertThat(run(spec, 1, out, never).results()).isEqualTo(whole.results());
      assertThat(StudyRuns.images(out)).isEqualTo(StudyRuns.images(folder.resolve("whole")));
      assertThat(never.restored()).as("steps that were saved").isEqualTo(steps);
    }
  }

  @Test
  void anotherCorpusIsAnotherRun() throws IOException {
    StudySpec spec = spec(1, 2);
    Path out = folder.resolve("out");
    StudyResult made = run(spec, 1, out, Progress.SILENT);
    assertThat(made.modelSha256()).containsKey(corpus.toString());
    assertThat(run(spec, 1, out, Progress.SILENT)).isEqualTo(made);
    Files.move(corpus.resolve("square-07.png"), corpus.resolve("square-07b.png"));
    assertThatThrownBy(() -> run(spec, 1, out, Progress.SILENT))
        .hasMessageContaining("holds a finished run with other");
  }

  @Test
  void whatCannotBeIsRefused() {
    AimSpec aim = new AimSpec.Given(2);
    Path out = folder.resolve("out");
    assertThatThrownBy(() -> run(spec(2, aim, FRAMING, 31), 1, out, Progress.SILENT))
        .hasMessageContaining("images has 31 images with a score: 32 are needed");
    assertThatThrownBy(
            () ->
                run(
                    spec(2, aim, Framing.crop(16), Integer.MAX_VALUE),
                    1,
                    folder.resolve("small"),
                    Progress.SILENT))
        .hasMessageContaining("the prior draws images")
        .hasMessageContaining("give another imageSize");
    CorpusWords from = new CorpusWords(corpus.toString(), FRAMING, 40);
    for (ExactWords words :
        List.of(
            new ExactWords("pool", null, null, null, null, null, from),
            new ExactWords(null, null, 2, null, null, null, from),
            new ExactWords(null, null, null, null, null, 0.3, from))) {
      assertThatThrownBy(() -> words.leading(aim, null))
          .hasMessageContaining("has a meaning only with from pool");
    }
    ExactWords usual = new ExactWords(null, null, null, null, null, null, from);
    assertThatThrownBy(() -> usual.leading(aim, 8)).hasMessageStartingWith("particles has");
    assertThatThrownBy(usual::requireNone)
        .hasMessage("from corpus has a meaning only with guidance exact");
    assertThatThrownBy(() -> new CorpusWords(null, FRAMING, 40).of(aim, null, usual))
        .hasMessageContaining("from corpus needs images");
  }
}
