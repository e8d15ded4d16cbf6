package org.tiltlens.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/** A folder elsewhere, which is listed once. */
final class RemoteFolder implements CorpusFolder {
  private final RemoteFiles files;
  private final String address;
  private final List<String> names;

  RemoteFolder(RemoteFiles files, String address) throws IOException {
    this.files = files;
    this.address = address;
    names = files.below(address);
  }

  @Override
  public List<String> directly(String pattern) {
    return names.stream()
        .filter(name -> name.indexOf('/') < 0 && name.matches(pattern))
        .sorted()
        .toList();
  }

  @Override
  public Optional<String> other() {
    return Optional.empty();
  }

  @Override
  public FolderNames below() {
    FolderNames found = new FolderNames();
    for (String name : names) {
      if (ImageNames.isSafe(name)) {
        found.add(name);
      } else {
        found.leaveOut(ImageNames.unsafe(name));
      }
    }
    return found;
  }

  @Override
  public SortedMap<String, Path> files(Collection<String> some) throws IOException {
    SortedMap<String, Path> copies = new TreeMap<>();
    if (!some.isEmpty()) {
      Path copied = files.copied(address, new TreeSet<>(some));
      some.forEach(name -> copies.put(name, copied.resolve(name)));
    }
    return copies;
  }

  @Override
  public SortedMap<String, Path> single(Collection<String> some) throws IOException {
    SortedMap<String, Path> copies = new TreeMap<>();
    for (String name : some) {
      copies.putAll(files(List.of(name)));
    }
    return copies;
  }

  @Override
  public ImageSource images(List<Skipped.Entry> unlisted) {
    return new RemoteImages(files, address, Listing.sorted(below().images()), unlisted);
  }

  @Override
  public String toString() {
    return address;
  }
}
