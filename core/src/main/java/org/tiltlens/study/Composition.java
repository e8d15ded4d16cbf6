package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.torch.Device;

/**
 * Images that drive several units at once: samples of {@code p(x) exp(sum_k beta_k s_k(x))}, the
 * distribution nearest to the natural images whose mean scores are the wanted ones.
 *
 * <p>The betas follow from the levels: first those of the corpus' own joint tilt, then corrected by
 * pilot runs of the sampler, which draw the run's own first images.
 */
public final class Composition {
  private static final String COMMAND = "compose";

  private Composition() {}

  /** Where a composition goes by default: the same for the same spec. */
  public static Path defaultFolder(CompositionSpec spec) {
    String units = spec.units().stream().map(ComposedUnit::unit).collect(Collectors.joining("-"));
    return Study.folderOf(COMMAND, units, spec);
  }

  /**
   * Draws the images of {@code spec} into {@code folder}, goes on where a killed run of the same
   * spec stopped, or returns what a finished one found.
   *
   * @throws IllegalArgumentException if the spec does not fit the models or the corpus, or the
   *     folder holds another run
   * @throws IOException if files cannot be read or written
   */
  public static CompositionResult run(
      CompositionSpec spec, Execution execution, Path folder, Progress progress)
      throws IOException {
    long start = System.nanoTime();
    Device device = new Device(execution.device()).requireAvailable();
    Map<String, String> hashes = FileHashes.of(spec.files(), progress);
    try (Corpus corpus = Corpus.open(Bundle.resolve(spec.images()), spec.framing())) {
      String fingerprint = corpus.fingerprint(Math.min(spec.limit(), corpus.size()));
      String identity = identity(Version.NUMBER, spec, execution, hashes, fingerprint);
      Optional<CompositionResult> finished =
          RunFolder.finished(folder, CompositionResult.class, identity, Composition::identity);
      if (finished.isPresent()) {
        return finished.get();
      }
      try (ComposedModels models = ComposedModels.open(spec, device)) {
        JointScores scores = models.corpusScores(corpus, Study.lanes(execution, device), progress);
        // An aim out of reach leaves no folder behind.
        CompositionDrawing drawing =
            new CompositionDrawing(spec, execution, models, scores, JointAim.of(spec, scores));
        try (RunFolder run = RunFolder.open(folder, identity)) {
          CompositionResult result =
              drawing.draw(run, progress).result(hashes, fingerprint, Study.secondsSince(start));
          CompositionPage.write(folder, result);
          run.finish(result);
          return result;
        }
      }
    }
  }

  private static String identity(CompositionResult found) {
    return identity(
        found.tiltlens(), found.spec(), found.execution(), found.modelSha256(), found.corpus());
  }

  /** All that decides the bits of the images. */
  private static String identity(
      String version,
      CompositionSpec spec,
      Execution execution,
      Map<String, String> models,
      String corpus) {
    return Json.write(
        List.of(
            version,
            spec,
            models,
            corpus,
            execution.device(),
            execution.device().equals("cpu") ? execution.threadsPerImage() : 1));
  }
}
