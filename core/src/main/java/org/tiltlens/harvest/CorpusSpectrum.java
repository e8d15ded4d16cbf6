package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.MagnitudeSpectrum;

/** How strong each frequency is in a corpus, kept in a file beside what else is known of it. */
public final class CorpusSpectrum {
  private CorpusSpectrum() {}

  /** Where the spectrum of a harvested corpus is: {@code features-spectrum.safetensors}. */
  public static Path beside(Path table) {
    return beside(table, "-spectrum.safetensors");
  }

  /** A file beside the table whose name begins with the table's. */
  static Path beside(Path table, String end) {
    String name = table.getFileName().toString().replaceFirst("\\.parquet$", "");
    return table.resolveSibling(name + end);
  }

  /** Whether a corpus has one: it needs an even side. */
  static boolean isOf(Corpus corpus) {
    return corpus.framing().size() % 2 == 0;
  }

  /**
   * Measures the first images of a corpus, unless that was done before.
   *
   * @param limit how many
   * @param kept where the spectrum is kept
   */
  public static void measure(Corpus corpus, int limit, Path kept, Progress progress)
      throws IOException {
    if (Files.exists(kept)) {
      return;
    }
    if (kept.getParent() != null) {
      Files.createDirectories(kept.getParent());
    }
    try (Progress.Task task =
            Cancellable.begin(
                progress, "measuring the corpus' spectrum", limit, Counted.of("images"));
        MagnitudeSpectrum measured = of(corpus, limit, task)) {
      measured.write(kept);
    }
  }

  private static MagnitudeSpectrum of(Corpus corpus, int limit, Progress.Task task) {
    return MagnitudeSpectrum.of(
        IntStream.range(0, Math.min(limit, corpus.size()))
            .mapToObj(
                i -> {
                  task.advance(1);
                  return corpus.read(i).orElse((Tensor) null);
                })
            .filter(Objects::nonNull)
            .iterator());
  }
}
