package org.tiltlens.corpus;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A folder on this machine's disks. */
final class LocalFolder implements CorpusFolder {
  private final Path path;
  private FolderWalk walk;

  LocalFolder(Path path) {
    this.path = path;
  }

  @Override
  public List<String> directly(String pattern) throws IOException {
    try (Stream<Path> files = Files.list(path)) {
      return files
          .filter(Files::isRegularFile)
          .map(file -> file.getFileName().toString())
          .filter(name -> name.matches(pattern))
          .sorted()
          .toList();
    }
  }

  @Override
  public Optional<String> other() throws IOException {
    return NoCorpus.described(path);
  }

  private FolderWalk walk() throws IOException {
    if (walk == null) {
      walk = FolderWalk.of(path);
    }
    return walk;
  }

  @Override
  public FolderNames below() throws IOException {
    return walk().found();
  }

  @Override
  public SortedMap<String, Path> files(Collection<String> names) {
    SortedMap<String, Path> files = new TreeMap<>();
    names.forEach(name -> files.put(name, walk == null ? path.resolve(name) : walk.file(name)));
    return files;
  }

  @Override
  public ImageSource images(List<Skipped.Entry> unlisted) throws IOException {
    return new ImageFolder(walk(), unlisted);
  }

  @Override
  public String toString() {
    return path.toString();
  }
}
