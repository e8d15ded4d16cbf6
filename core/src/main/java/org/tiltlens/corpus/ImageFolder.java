package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.List;

/** The image files below a folder, those in linked folders too. */
final class ImageFolder extends ListedImages {
  private final FolderWalk walk;

  /**
   * @param walk of the folder
   * @param unlisted what else was found there
   */
  ImageFolder(FolderWalk walk, List<Skipped.Entry> unlisted) {
    super(walk.found().images(), unlisted);
    this.walk = walk;
  }

  @Override
  InputStream open(String name) throws IOException {
    return Files.newInputStream(walk.file(name));
  }

  @Override
  public void close() {
    // Files are open only while they are read.
  }
}
