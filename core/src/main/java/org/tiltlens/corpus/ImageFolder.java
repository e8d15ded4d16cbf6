package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;

/** The image files below a folder, those in linked folders too. */
final class ImageFolder extends ListedImages {
  private final FolderWalk walk;

  private ImageFolder(FolderWalk walk) {
    super(walk.names(), walk.unlisted());
    this.walk = walk;
  }

  static ImageFolder open(Path root) throws IOException {
    return new ImageFolder(FolderWalk.of(root));
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
