package org.tiltlens.explain;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.Named;
import org.tiltlens.models.OpenUnit;
import org.tiltlens.models.VisionFile;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.run.Version;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Scope;
import org.tiltlens.vision.HookPoint;

/** Explaining a picture as a run: a specification in, a folder of heat maps and numbers out. */
public final class ExplainStudy {
  private static final String COMMAND = "explain";

  private final ExplainSpec spec;
  private final Execution execution;
  private final Path folder;
  private final Progress progress;
  private final Device device;
  private final Map<String, String> models;
  private final Map<String, String> hashes;
  private final String imageHash;
  private String note;

  private ExplainStudy(ExplainSpec spec, Execution execution, Path folder, Progress progress)
      throws IOException {
    this.spec = spec;
    this.execution = execution;
    this.folder = folder;
    this.progress = progress;
    device = execution.place();
    imageHash = pictureHash(spec);
    models = FileHashes.of(spec.opened().models(), progress);
    List<String> others = new ArrayList<>();
    Optional.ofNullable(spec.harvest()).ifPresent(others::add);
    spec.opened().file().ifPresent(others::add);
    hashes = new TreeMap<>(models);
    hashes.putAll(FileHashes.of(others, progress));
  }

  /** Bounded reading comes first: what is no picture is not even hashed. */
  private static String pictureHash(ExplainSpec spec) throws IOException {
    Path file = Path.of(spec.image());
    Framing.requirePicture(file);
    return Sha256.of(file);
  }

  /** Where an explanation goes by default: the same for the same spec. */
  public static Path defaultFolder(ExplainSpec spec) {
    return RunFolder.usual(COMMAND, spec.unit(), spec);
  }

  /**
   * Explains into {@code folder}, or returns what a finished run of the same spec found.
   *
   * @throws IllegalArgumentException if the picture, the models or the corpus do not fit, or the
   *     folder holds another run
   * @throws IOException if files cannot be read or written
   */
  public static ExplainResult run(
      ExplainSpec spec, Execution execution, Path folder, Progress progress) throws IOException {
    long start = System.nanoTime();
    ExplainStudy study = new ExplainStudy(spec, execution, folder, progress);
    if (spec.reliance() == 0) {
      return study.run(null, start);
    }
    try (Corpus corpus = Corpus.open(Named.resolve(spec.images()), spec.framing())) {
      return study.run(corpus, start);
    }
  }

  /**
   * Explains, or returns what was found before.
   *
   * @param corpus null without a probe
   */
  private ExplainResult run(Corpus corpus, long start) throws IOException {
    String fingerprint =
        corpus == null ? null : corpus.fingerprint(Math.min(spec.limit(), corpus.size()));
    return RunFolder.once(
        folder,
        ExplainResult.class,
        RunIdentity.of(COMMAND, spec, files(hashes, spec, imageHash), fingerprint, execution),
        ExplainStudy::identity,
        run -> explain(run, corpus, fingerprint, start));
  }

  private ExplainResult explain(RunFolder run, Corpus corpus, String fingerprint, long start)
      throws IOException {
    try (ModelShelf shelf = new ModelShelf();
        Scope scope = Scope.open()) {
      UnitScore score = OpenUnit.score(shelf, spec.opened(), device);
      Tensor image = spec.framing().read(Path.of(spec.image()));
      if (spec.gradientHook() != null) {
        score.requireOnTheWay(HookPoint.parse(spec.gradientHook()));
      }
      Explanation explanation =
          Explanation.of(
              spec, score, device.place(image.unsqueeze(0)), device, execution.batching());
      Optional<UnitOnCorpus> known = onCorpus(score, corpus, fingerprint);
      ExplainResult.UnitResult found =
          explanation.writeTo(
              run,
              known,
              Stream.of(
                      VisionFile.warning(spec.vision(), spec.visionOptions()).orElse(null),
                      known.isPresent() ? null : note,
                      explanation.caveat())
                  .filter(Objects::nonNull)
                  .reduce((a, b) -> a + "; " + b)
                  .orElse(null),
              Optional.ofNullable(corpus),
              progress);
      LeftOut leftOut =
          corpus == null
              ? null
              : SkippedFile.write(corpus, Math.min(spec.limit(), corpus.size()), run);
      ExplainResult result =
          new ExplainResult(
              Version.NUMBER,
              Engine.version(),
              COMMAND,
              spec,
              execution,
              hashes,
              score.visionModel(),
              imageHash,
              fingerprint,
              leftOut,
              spec.seed(),
              Stopwatch.secondsSince(start),
              List.of(found));
      ExplainPage.write(folder, result);
      return result;
    }
  }

  /** From the harvest where it is enough, else from a look at every image if there is a probe. */
  private Optional<UnitOnCorpus> onCorpus(UnitScore score, Corpus corpus, String fingerprint)
      throws IOException {
    Optional<UnitOnCorpus> harvested =
        UnitOnCorpus.harvested(
            spec.harvest(),
            score,
            spec.framing(),
            HarvestStudy.models(models.values(), spec.visionOptions()),
            why -> note = "no percentile: " + why);
    if (corpus == null
        || harvested
            .filter(known -> known.corpus().equals(fingerprint))
            .filter(known -> known.top().size() >= spec.reliance())
            .isPresent()) {
      return harvested;
    }
    int count = Math.min(spec.limit(), corpus.size());
    corpus.lackOfFirst(count).ifPresent(progress::say);
    try (Progress.Task task =
        Cancellable.begin(progress, "scoring the corpus", count, Counted.of("images"))) {
      return Optional.of(
          UnitOnCorpus.scanned(
              CorpusScores.of(corpus, count, score, device, execution.lanes(), task::advance)));
    }
  }

  /** All that decided a finished result, as one text; see {@link RunIdentity}. */
  public static String identity(ExplainResult found) {
    return RunIdentity.of(
        found.tiltlens(),
        found.command(),
        found.spec(),
        files(found.modelSha256(), found.spec(), found.imageSha256()),
        found.corpus(),
        found.execution());
  }

  private static Map<String, String> files(
      Map<String, String> models, ExplainSpec spec, String imageHash) {
    Map<String, String> files = new TreeMap<>(models);
    files.put(spec.image(), imageHash);
    return files;
  }
}
