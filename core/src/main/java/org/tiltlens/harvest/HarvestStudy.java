package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Lanes;

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
    try (OpenHarvest open = OpenHarvest.open(spec, execution.place())) {
      // Before the table, whose presence says that all is done.
      open.measureSpectrum(out, progress);
      Outcome outcome = open.outcome(write(open, spec, execution, out, progress), out);
      open.writeShards(out, progress);
      return outcome;
    }
  }

  private static HarvestInfo write(
      OpenHarvest open, HarvestSpec spec, Execution execution, Path out, Progress progress)
      throws IOException {
    int threads = execution.threadsPerImage();
    Lanes lanes = new Lanes(Math.max(1, execution.threads() / threads), threads);
    String models = open.models(progress);
    open.sayWhatIsTaken(progress);
    try (Progress.Task task =
        Cancellable.begin(progress, "harvesting", open.images(), Counted.of("images"))) {
      return open.harvest().writeTo(out, models, spec, lanes, task::advance);
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
