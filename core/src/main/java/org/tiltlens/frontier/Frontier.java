package org.tiltlens.frontier;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tiltlens.chart.ChartFiles;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.harvest.CreditsFile;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.CorpusNote;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.run.Version;
import org.tiltlens.run.WholeFile;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Lanes;

/**
 * How strongly each method drives a feature, against how far from the natural images it goes.
 *
 * <p>Among all distributions of one mean score the tilt has the least KL (Zhou et al. 2026, arXiv
 * 2605.17504), so on one axis against the other every method stands on the tilt's curve or above
 * it. Each point is kept on disk when it is finished, so a killed run goes on with the next.
 */
public final class Frontier {
  static final String COMMAND = "frontier";

  private final FrontierSpec spec;
  private final Execution execution;
  private final Path folder;
  private final Bundle bundle;
  private final Device device;
  private final Map<String, String> hashes;
  private final Progress progress;

  private Frontier(FrontierSpec spec, Execution execution, Path folder, Progress progress)
      throws IOException {
    this.spec = spec;
    this.execution = execution;
    this.folder = folder;
    this.progress = progress;
    bundle = Bundle.rooted(spec.bundle(), spec.priorOptions());
    device = execution.place();
    List<String> files = new ArrayList<>(bundle.files());
    if (spec.exact() && spec.pool() != null) {
      files.addAll(spec.pool().files());
    }
    hashes = FileHashes.of(files, progress);
  }

  /** Where a frontier goes by default: the same for the same spec. */
  public static Path defaultFolder(FrontierSpec spec) {
    return RunFolder.usual(COMMAND, spec.unit(), spec);
  }

  /**
   * Measures the frontier into {@code folder}, goes on with a killed run of the same spec, or
   * returns what a finished one found.
   *
   * @throws IllegalArgumentException if the feature does not exist, or the folder holds another run
   * @throws IOException if files cannot be read or written
   */
  public static FrontierResult run(
      FrontierSpec spec, Execution execution, Path folder, Progress progress) throws IOException {
    long start = System.nanoTime();
    Frontier frontier = new Frontier(spec, execution, folder, progress);
    try (Corpus corpus = frontier.bundle.openCorpus()) {
      String fingerprint = corpus.fingerprint(corpus.size());
      return RunFolder.once(
          folder,
          FrontierResult.class,
          RunIdentity.of(COMMAND, spec, frontier.hashes, fingerprint, execution),
          Frontier::identity,
          run -> frontier.measure(run, corpus, fingerprint, start));
    }
  }

  private FrontierResult measure(RunFolder run, Corpus corpus, String fingerprint, long start)
      throws IOException {
    StudySpec unit =
        StudySpec.of(bundle, spec.unit(), 0)
            .withSteps(spec.form(), spec.respacing())
            .withCount(1)
            .withSeed(spec.seed());
    try (ModelShelf shelf = new ModelShelf();
        ExactFrontier exact = new ExactFrontier(spec, bundle, execution, hashes, shelf, folder)) {
      StudyModels models = StudyModels.open(unit, shelf, device, progress);
      exact.open(models, progress);
      FrontierResult result = measure(models, exact, run, corpus, fingerprint, start);
      show(result);
      return result;
    }
  }

  private void show(FrontierResult result) throws IOException {
    WholeFile.writeText(
        folder.resolve("frontier.json"), Json.write(Map.of("points", result.points())) + "\n");
    String svg = ChartFiles.write(folder, "frontier", FrontierPlot.of(result));
    FrontierPage.write(folder, result, svg);
  }

  /** All that decided a finished result, as one text; see {@link RunIdentity}. */
  public static String identity(FrontierResult found) {
    return RunIdentity.of(
        found.tiltlens(),
        found.command(),
        found.spec(),
        found.modelSha256(),
        found.corpus().fingerprint(),
        found.execution());
  }

  private FrontierResult measure(
      StudyModels models,
      ExactFrontier exact,
      RunFolder run,
      Corpus corpus,
      String fingerprint,
      long start)
      throws IOException {
    Batching batching = execution.batching();
    ScoreSample sample = scores(models, corpus, batching.lanes());
    List<Double> betas = betas(sample);
    SampledFrontier sampled =
        new SampledFrontier(spec, bundle.manifest().preset(), models, batching, run);
    List<FrontierPoint> points =
        new FrontierRun(spec, run)
            .measure(new CorpusFrontier(sample), exact, sampled, betas, progress);
    return new FrontierResult(
        Version.NUMBER,
        Engine.version(),
        COMMAND,
        spec,
        execution,
        hashes,
        spec.seed(),
        Stopwatch.secondsSince(start),
        bundle.manifest().name(),
        new CorpusNote(
            Math.toIntExact(sample.size()),
            bundle.manifest().dataLicence(),
            fingerprint,
            CreditsFile.write(bundle, run.file(CreditsFile.NAME))),
        SkippedFile.write(corpus, corpus.size(), run),
        models.score().toString(),
        sample.mean(),
        sample.max(),
        betas,
        points);
  }

  private ScoreSample scores(StudyModels models, Corpus corpus, Lanes lanes) {
    try (Progress.Task task =
        Cancellable.begin(progress, "scoring the corpus", corpus.size(), Counted.of("images"))) {
      return CorpusScores.of(corpus, corpus.size(), models.score(), device, lanes, task::advance)
          .sample();
    }
  }

  /**
   * The spec's, or those of the usual percentiles.
   *
   * @throws IllegalArgumentException if no tilt reaches such a percentile
   */
  private List<Double> betas(ScoreSample sample) {
    return !spec.betas().isEmpty()
        ? spec.betas()
        : FrontierSpec.USUAL_PERCENTILES.stream()
            .map(percentile -> Tilting.solvePercentile(sample, percentile))
            .distinct()
            .toList();
  }
}
