package org.tiltlens.corpus;

import java.util.Locale;

/**
 * What a run took of one of the files that a corpus is stored in.
 *
 * @param name the file's name inside the corpus
 * @param images how many of its images were looked at
 * @param leftOut how many files in it could not be used, those that were never listed among them
 */
public record Shard(String name, int images, int leftOut) {
  /** Such as {@code train-000.tar: 1,000 images, 3 left out}. */
  @Override
  public String toString() {
    return String.format(Locale.ROOT, "%s: %,d images, %,d left out", name, images, leftOut);
  }
}
