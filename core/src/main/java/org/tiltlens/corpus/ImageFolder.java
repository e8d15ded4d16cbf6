package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.List;
import java.util.stream.Stream;

/** The image files below a folder, those in linked folders too. */
final class ImageFolder extends ListedImages {
  private final FolderWalk walk;

  private ImageFolder(FolderWalk walk, List<Skipped.Entry> unlisted) {
    super(walk.names(), unlisted);
    this.walk = walk;
  }

  /**
   * @param walk of the folder
   * @param tables that hold images too
   */
  static ImageFolder of(FolderWalk walk, List<Skipped.Entry> tables) {
    return new ImageFolder(
        walk, Stream.concat(walk.unlistedWithTars().stream(), tables.stream()).toList());
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
