package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Shard;
import org.tiltlens.run.Progress;
import org.tiltlens.run.WholeFile;

/**
 * How many images each file of a corpus of tars or tables had, and how many of them could not be
 * used: a text beside the table, one file a line. Which they are is in {@link SkippedFile}.
 */
public final class ShardsFile {
  /** Lines for the user; more are in the file. */
  private static final int SAID = 10;

  private ShardsFile() {}

  /** Where it is: {@code features-shards.txt}. */
  public static Path beside(Path table) {
    return CorpusSpectrum.beside(table, "-shards.txt");
  }

  /**
   * Writes it, unless the corpus is no such, and says what of it matters.
   *
   * @param images how many of the corpus' first images were looked at
   */
  static void write(Corpus corpus, int images, Path file, Progress progress) throws IOException {
    List<Shard> shards = corpus.shards(images);
    if (shards.isEmpty()) {
      return;
    }
    WholeFile.writeText(
        file, shards.stream().map(each -> line(each) + "\n").collect(Collectors.joining()));
    int leftOut = shards.stream().mapToInt(Shard::leftOut).sum();
    progress.say(
        String.format(
            Locale.ROOT,
            "%,d shards with %,d images, %,d left out: each is in %s",
            shards.size(),
            shards.stream().mapToInt(Shard::images).sum(),
            leftOut,
            file));
    shards.stream()
        .filter(each -> each.leftOut() > 0)
        .limit(SAID)
        .forEach(each -> progress.say(line(each)));
  }

  private static String line(Shard shard) {
    return shard.toString().replaceAll("\\p{Cntrl}", "?");
  }
}
