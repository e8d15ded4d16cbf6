package org.tiltlens.corpus;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;

/** The image files below a folder; links to folders are not followed. */
final class ImageFolder extends ListedImages {
  private final Path root;

  private ImageFolder(Path root, List<String> names, List<Skipped.Entry> unlisted) {
    super(names, unlisted);
    this.root = root;
  }

  static ImageFolder open(Path root) throws IOException {
    List<String> names = new ArrayList<>();
    List<Skipped.Entry> unlisted = new ArrayList<>();
    Files.walkFileTree(
        root,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = root.relativize(file).toString().replace(File.separatorChar, '/');
            if (ImageDecoder.isImageName(name)) {
              names.add(name);
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            unlisted.add(
                new Skipped.Entry(root.relativize(file).toString(), "cannot be read: " + failure));
            return FileVisitResult.CONTINUE;
          }
        });
    return new ImageFolder(root, names, unlisted);
  }

  @Override
  InputStream open(String name) throws IOException {
    return Files.newInputStream(root.resolve(name));
  }

  @Override
  public void close() {
    // Files are open only while they are read.
  }
}
