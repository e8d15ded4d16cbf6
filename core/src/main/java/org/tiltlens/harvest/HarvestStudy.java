package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelKind;
import org.tiltlens.models.Named;
import org.tiltlens.models.VisionFile;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * One pass over a corpus: a table of what every feature does on it, and beside it how strong each
 * frequency is in its images ({@link CorpusSpectrum}).
 */
public final class HarvestStudy {
  private HarvestStudy() {}

  /**
   * What was found.
   *
   * @param info what the table is of
   * @param unknown features without statistics, as they were NaN or infinite somewhere
   * @param leftOut the images that could not be used, whose names are in {@link SkippedFile}; null
   *     if there were none
   */
  public record Outcome(HarvestInfo info, List<Integer> unknown, LeftOut leftOut) {
    public Outcome {
      unknown = List.copyOf(unknown);
    }
  }

  /**
   * Writes the table, or goes on where a killed harvest of the same spec stopped.
   *
   * @param out the table's file; must not exist
   * @throws IllegalArgumentException if the spec does not fit the models or there are no images
   * @throws IOException if files cannot be read or written
   */
  public static Outcome run(HarvestSpec spec, Execution execution, Path out, Progress progress)
      throws IOException {
    Device device = execution.place();
    try (Corpus corpus = Corpus.open(Path.of(spec.images()), spec.framing());
        SparseDictionary dictionary =
            ModelKind.DICTIONARY.open(
                Named.resolve(spec.dictionary()),
                () -> SparseDictionary.open(Named.resolve(spec.dictionary()), device))) {
      HookPoint hook = VisionFile.hook(spec.vision(), spec.hook(), Optional.of(dictionary));
      try (VisionModel vision =
          VisionFile.open(spec.vision(), spec.visionOptions(), hook, device)) {
        FeatureScores scores =
            new FeatureScores(
                vision,
                hook,
                dictionary,
                SpatialReduction.parse(spec.reduction()),
                new CentralCrop(spec.center()));
        Harvest harvest = new Harvest(corpus, scores, spec.limit(), spec.top());
        // Before the table, whose presence says that all is done; a spectrum needs an even side.
        if (spec.framing().size() % 2 == 0) {
          CorpusSpectrum.measure(corpus, harvest.limit(), CorpusSpectrum.beside(out), progress);
        }
        HarvestInfo info = write(harvest, spec, execution, out, progress);
        LeftOut leftOut = SkippedFile.write(corpus, harvest.limit(), SkippedFile.beside(out));
        try (FeatureTable table = FeatureTable.open(out)) {
          return new Outcome(info, table.unknown(), leftOut);
        }
      }
    }
  }

  private static HarvestInfo write(
      Harvest harvest, HarvestSpec spec, Execution execution, Path out, Progress progress)
      throws IOException {
    int threads = execution.threadsPerImage();
    Lanes lanes = new Lanes(Math.max(1, execution.threads() / threads), threads);
    List<String> files = new ArrayList<>(VisionFile.names(spec.vision()));
    files.add(spec.dictionary());
    String models = models(FileHashes.of(files, progress).values(), spec.visionOptions());
    harvest.corpus().lackOfFirst(harvest.limit()).ifPresent(progress::say);
    try (Progress.Task task = Cancellable.begin(progress, "harvesting", harvest.limit())) {
      return harvest.writeTo(out, models, spec, lanes, task::advance);
    }
  }

  /**
   * How a table names the models it was made with: the hashes of their files, wherever they lie,
   * and what the files do not tell.
   */
  public static String models(Collection<String> hashes, Map<String, String> visionOptions) {
    Stream<String> options =
        new TreeMap<>(visionOptions)
            .entrySet().stream().map(option -> option.getKey() + "=" + option.getValue());
    return Stream.concat(hashes.stream().sorted(), options).collect(Collectors.joining(" "));
  }
}
