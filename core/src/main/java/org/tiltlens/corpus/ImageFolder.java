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
final class ImageFolder implements ImageSource {
  private final Path root;
  private final Listing listing;
  private final List<Skipped.Entry> unlisted;

  private ImageFolder(Path root, Listing listing, List<Skipped.Entry> unlisted) {
    this.root = root;
    this.listing = listing;
    this.unlisted = unlisted;
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
    return new ImageFolder(root, new Listing(names), List.copyOf(unlisted));
  }

  @Override
  public int size() {
    return listing.size();
  }

  @Override
  public String name(int index) {
    return listing.name(index);
  }

  @Override
  public int label(int index) {
    return listing.label(index);
  }

  @Override
  public List<String> classNames() {
    return listing.classNames();
  }

  @Override
  public List<Skipped.Entry> unlisted() {
    return unlisted;
  }

  @Override
  public RawImage read(int index) throws IOException {
    try (InputStream in = Files.newInputStream(root.resolve(name(index)))) {
      return ImageDecoder.decode(in);
    } catch (BrokenImageException e) {
      throw e;
    } catch (IOException e) {
      throw new BrokenImageException("cannot be read: " + e, e);
    }
  }

  @Override
  public void close() {
    // Files are open only while they are read.
  }
}
