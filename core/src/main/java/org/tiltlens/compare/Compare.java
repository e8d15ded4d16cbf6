package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.Unit;
import org.tiltlens.harvest.CorpusSpectrum;
import org.tiltlens.harvest.CreditsFile;
import org.tiltlens.harvest.FeatureChoice;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.PriorFile;
import org.tiltlens.quality.QualiClip;
import org.tiltlens.run.CorpusNote;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.run.Version;
import org.tiltlens.synthesis.MagnitudeSpectrum;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;

/**
 * The methods side by side: each draws its images for each feature, all are measured in the same
 * way, and a page shows them.
 *
 * <p>Each (feature, method) has a folder of its own, named by all that decides it. So a killed
 * comparison goes on where it stopped, and one of more features or methods in the same folder draws
 * only what is not there yet.
 */
public final class Compare {
  static final String COMMAND = "compare";

  private final CompareContext context;
  private final Corpus corpus;
  private final CompareSpace space;
  private final ComparePool pool;
  private final RunFolder run;
  private MagnitudeSpectrum spectrum;

  private Compare(
      CompareContext context, Corpus corpus, CompareSpace space, ComparePool pool, RunFolder run) {
    this.context = context;
    this.corpus = corpus;
    this.space = space;
    this.pool = pool;
    this.run = run;
  }

  /** Where a comparison goes by default: the same for the same spec. */
  public static Path defaultFolder(CompareSpec spec) {
    return RunFolder.usual(COMMAND, spec);
  }

  /**
   * Features picked by the rule of the demo.
   *
   * @throws IllegalArgumentException if the rule does not allow so many
   */
  public static List<Integer> pick(Bundle bundle, int count, long seed) throws IOException {
    try (Corpus corpus = bundle.openCorpus();
        FeatureTable table = FeatureTable.open(bundle.path(bundle.manifest().features()))) {
      return FeatureChoice.of(
              table.features(FeatureTable.Sort.INDEX, table.info().features()),
              image -> corpus.className(image).orElse(""),
              count,
              seed)
          .picked()
          .stream()
          .map(FeatureStatistics::feature)
          .toList();
    }
  }

  /**
   * Refuses a comparison that these models or steps cannot draw, before anything is drawn.
   *
   * @param bundle the spec's own
   * @throws IllegalArgumentException one line that names the method or setting, and the fix
   */
  public static void require(CompareSpec spec, Bundle bundle) {
    try {
      CompareSettings.require(spec, bundle);
    } catch (CheckpointException e) {
      // Whoever only asks need not tell a prior that cannot be read from one that does not serve.
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * Compares into {@code folder}, goes on with what is there, or returns what a finished comparison
   * of the same spec found. What failed before is tried again.
   *
   * @throws IllegalArgumentException if a feature, method or setting does not exist
   * @throws IOException if files cannot be read or written
   */
  public static CompareResult run(
      CompareSpec spec, Execution execution, Path folder, Progress progress) throws IOException {
    try (ModelShelf shelf = new ModelShelf()) {
      return run(spec, execution, folder, progress, shelf);
    }
  }

  /** The same with networks from a shelf, which stays open. */
  public static CompareResult run(
      CompareSpec spec, Execution execution, Path folder, Progress progress, ModelShelf shelf)
      throws IOException {
    long start = System.nanoTime();
    Bundle bundle = Bundle.rooted(spec.bundle(), spec.priorOptions());
    Device device = execution.place();
    try (Corpus corpus = bundle.openCorpus()) {
      CompareContext context =
          new CompareContext(
              spec,
              execution,
              bundle,
              FileHashes.of(bundle.files(), progress),
              FileHashes.of(files(spec, bundle), progress),
              FileHashes.of(spec.pool() == null ? List.of() : spec.pool().files(), progress),
              FileHashes.of(CompareSettings.models(spec), progress),
              bundle.manifest().judge() != null,
              corpus.fingerprint(corpus.size()),
              device,
              shelf,
              execution.lanes(),
              folder,
              progress);
      CompareSettings.require(spec, bundle);
      return RunFolder.renew(
          folder,
          CompareResult.class,
          Json.write(Map.of("command", COMMAND)),
          found -> isWhole(found) && identity(found).equals(context.identity()),
          run -> {
            requireFeatures(spec, bundle, shelf, device, folder);
            CompareSpace space = CompareSpace.of(spec, bundle, shelf, device);
            try (ComparePool pool = new ComparePool(context)) {
              CompareResult result =
                  new Compare(context, corpus, space, pool, run).compareAndClose(start);
              CompareFiles.write(folder, result);
              return result;
            }
          });
    }
  }

  /** Before minutes are spent on those that there are; what was begun was asked before. */
  private static void requireFeatures(
      CompareSpec spec, Bundle bundle, ModelShelf shelf, Device device, Path folder) {
    List<Integer> others =
        spec.features().stream()
            .filter(feature -> !Files.isDirectory(folder.resolve("feature-" + feature)))
            .toList();
    if (!others.isEmpty()) {
      Optional<SparseDictionary> dictionary =
          Optional.of(shelf.dictionary(bundle.models().dictionary(), device));
      others.forEach(feature -> Unit.parse(CompareSpec.unit(feature), dictionary));
    }
  }

  /** All files that decide a number of any method. */
  private static List<String> files(CompareSpec spec, Bundle bundle) {
    List<String> files = new ArrayList<>(bundle.files());
    Optional.ofNullable(spec.measures().network()).ifPresent(files::add);
    Optional.ofNullable(spec.measures().qualiclip())
        .ifPresent(weights -> files.addAll(QualiClip.names(weights)));
    Optional.ofNullable(bundle.manifest().judge())
        .ifPresent(
            judge ->
                files.addAll(List.of(bundle.named(judge.vision()), bundle.named(judge.head()))));
    String table = bundle.manifest().features();
    Path spectrum = CorpusSpectrum.beside(bundle.path(table));
    if (Files.exists(spectrum)) {
      files.add(bundle.named(CorpusSpectrum.beside(Path.of(table)).toString()));
    }
    return files;
  }

  private static boolean isWhole(CompareResult found) {
    return found.results().stream().allMatch(cell -> cell.failure() == null);
  }

  /** All that decided a finished result, as one text; see {@link RunIdentity}. */
  public static String identity(CompareResult found) {
    return RunIdentity.of(
        found.tiltlens(),
        found.command(),
        found.spec(),
        found.modelSha256(),
        found.corpus().fingerprint(),
        found.execution());
  }

  private CompareResult compareAndClose(long start) throws IOException {
    try {
      return compare(start);
    } finally {
      if (spectrum != null) {
        spectrum.close();
      }
    }
  }

  private CompareResult compare(long start) throws IOException {
    CompareSpec spec = context.spec();
    CompareJudge judge = new CompareJudge(context, corpus, space, pool);
    ComparedRows rows = new ComparedRows(context, corpus, space, pool, judge, run, this::spectrum);
    List<CompareResult.Feature> features = new ArrayList<>();
    List<CompareResult.Cell> cells = new ArrayList<>();
    for (int index : spec.features()) {
      ComparedRows.Row row = rows.of(index);
      row.feature().ifPresent(features::add);
      cells.addAll(row.cells());
    }
    CompareYardsticks yardsticks = new CompareYardsticks(context, corpus, space, rows);
    CompareYardsticks.Found known = yardsticks.measured();
    return new CompareResult(
        Version.NUMBER,
        Engine.version(),
        COMMAND,
        spec,
        context.execution(),
        context.allFiles(),
        spec.seed(),
        Stopwatch.secondsSince(start),
        context.bundle().manifest().name(),
        new CorpusNote(
            corpus.size(),
            context.bundle().manifest().dataLicence(),
            context.corpus(),
            CreditsFile.write(context.bundle(), run.file(CreditsFile.NAME))),
        SkippedFile.write(corpus, corpus.size(), run),
        space.name(),
        PriorFile.schedule(
                context.bundle().manifest().noiseSchedule(),
                context.bundle().manifest().baseSteps(),
                spec.respacing())
            .steps(),
        known.calibratingImages(),
        known.judgingImages(),
        features,
        cells,
        CompareMedians.of(spec, features, cells),
        CompareMedians.floor(features, spec),
        known.rows());
  }

  /** The harvest's, or measured here. */
  private Path spectrumFile() {
    Path harvested =
        CorpusSpectrum.beside(context.bundle().path(context.bundle().manifest().features()));
    if (Files.exists(harvested)) {
      return harvested;
    }
    Path kept = run.state(context.shared("spectrum") + ".safetensors");
    try {
      CorpusSpectrum.measure(corpus, corpus.size(), kept, context.progress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return kept;
  }

  /** The corpus' mean magnitudes. */
  private MagnitudeSpectrum spectrum() {
    if (spectrum == null) {
      spectrum = MagnitudeSpectrum.read(spectrumFile());
    }
    return spectrum;
  }
}
