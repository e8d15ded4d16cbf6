package org.tiltlens.retrieve;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.Named;
import org.tiltlens.models.OpenUnit;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.run.Version;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Soft retrieval as a run: a specification in, a folder of the corpus' images and numbers out. */
public final class RetrievalStudy {
  private static final String COMMAND = "retrieve";

  private final RetrievalSpec spec;
  private final Execution execution;
  private final Map<String, String> hashes;
  private final Device device;
  private final Progress progress;

  private RetrievalStudy(RetrievalSpec spec, Execution execution, Progress progress)
      throws IOException {
    this.spec = spec;
    this.execution = execution;
    this.progress = progress;
    device = execution.place();
    List<String> files = new ArrayList<>(spec.opened().models());
    spec.opened().file().ifPresent(files::add);
    hashes = FileHashes.of(files, progress);
  }

  /** Where a retrieval goes by default: the same for the same spec. */
  public static Path defaultFolder(RetrievalSpec spec) {
    return RunFolder.usual(COMMAND, spec.unit(), spec);
  }

  /**
   * Retrieves into {@code folder}, or returns what a finished run of the same spec found.
   *
   * @throws IllegalArgumentException if the spec does not fit the models or the corpus, or the
   *     folder holds another run
   * @throws IOException if files cannot be read or written
   */
  public static RetrievalResult run(
      RetrievalSpec spec, Execution execution, Path folder, Progress progress) throws IOException {
    long start = System.nanoTime();
    RetrievalStudy study = new RetrievalStudy(spec, execution, progress);
    try (Corpus corpus = Corpus.open(Named.resolve(spec.images()), spec.framing())) {
      String fingerprint = corpus.fingerprint(Math.min(spec.limit(), corpus.size()));
      return RunFolder.once(
          folder,
          RetrievalResult.class,
          RunIdentity.of(COMMAND, spec, study.hashes, fingerprint, execution),
          RetrievalStudy::identity,
          run -> {
            RetrievalResult result = study.retrieve(run, corpus, fingerprint, start);
            RetrievalPage.write(folder, result);
            return result;
          });
    }
  }

  /** All that decided a finished result, as one text; see {@link RunIdentity}. */
  public static String identity(RetrievalResult found) {
    return RunIdentity.of(
        found.tiltlens(),
        found.command(),
        found.spec(),
        found.modelSha256(),
        found.corpus(),
        found.execution());
  }

  private RetrievalResult retrieve(RunFolder run, Corpus corpus, String fingerprint, long start)
      throws IOException {
    try (ModelShelf shelf = new ModelShelf()) {
      UnitScore score = OpenUnit.score(shelf, spec.opened(), device);
      RetrievedImages images = RetrievedImages.of(spec, corpus, scores(corpus, score));
      LeftOut leftOut = SkippedFile.write(corpus, Math.min(spec.limit(), corpus.size()), run);
      RetrievalResult.UnitResult unit = images.writeTo(run, score.unit(), caveat(score));
      return result(unit, score.visionModel(), leftOut, fingerprint, start);
    }
  }

  private RetrievalResult result(
      RetrievalResult.UnitResult unit,
      String visionModel,
      LeftOut leftOut,
      String fingerprint,
      long start) {
    return new RetrievalResult(
        Version.NUMBER,
        Engine.version(),
        COMMAND,
        spec,
        execution,
        hashes,
        visionModel,
        fingerprint,
        leftOut == null ? 0 : leftOut.count(),
        leftOut,
        spec.seed(),
        Stopwatch.secondsSince(start),
        List.of(unit));
  }

  private Optional<String> caveat(UnitScore score) {
    int side = spec.framing().size();
    try (Scope scope = Scope.open()) {
      return score.caveat(device.place(Tensors.zeros(1, 3, side, side)));
    }
  }

  private CorpusScores scores(Corpus corpus, UnitScore score) {
    int count = Math.min(spec.limit(), corpus.size());
    corpus.lackOfFirst(count).ifPresent(progress::say);
    try (Progress.Task task =
        Cancellable.begin(progress, "scoring the corpus", count, Counted.of("images"))) {
      return CorpusScores.of(corpus, count, score, device, execution.lanes(), task::advance);
    }
  }
}
