package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Path;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;

/** The names of the images that a run did without, and why each, in a text file of its own. */
public final class SkippedFile {
  /** Its name in a run's folder. */
  public static final String NAME = "skipped.txt";

  private SkippedFile() {}

  /** Where it is for a harvested corpus: {@code features-skipped.txt}. */
  public static Path beside(Path table) {
    return CorpusSpectrum.beside(table, "-" + NAME);
  }

  /**
   * Writes it if any image of a corpus was left out so far.
   *
   * @param images how many of the corpus' first images were looked at
   * @return how many were left out, and why; null if none
   */
  public static LeftOut write(Corpus corpus, int images, RunFolder run) throws IOException {
    return write(corpus, images, run.file(NAME));
  }

  /** The same as a file elsewhere. */
  static LeftOut write(Corpus corpus, int images, Path file) throws IOException {
    LeftOut leftOut = corpus.skipped().of(images);
    if (leftOut != null) {
      WholeFile.writeText(file, corpus.skipped().names());
    }
    return leftOut;
  }
}
