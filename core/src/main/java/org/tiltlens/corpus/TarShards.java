package org.tiltlens.corpus;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/**
 * The images of several {@code .tar} files, as WebDataset stores data sets: the files by name, the
 * images of each in their order, called {@code train/shard-000000.tar/0017.jpg}.
 *
 * <p>They have classes if those of every file have.
 */
final class TarShards implements ImageSource {
  private final List<Shard> shards;
  private final Concatenation whole;
  private final List<String> classNames;
  private final List<Skipped.Entry> unlisted;

  private record Shard(String name, ImageTar images) {}

  private TarShards(List<Shard> shards, List<Skipped.Entry> beside) {
    this.shards = List.copyOf(shards);
    whole = new Concatenation(shards.stream().mapToInt(shard -> shard.images.size()).toArray());
    classNames = classNames(shards);
    List<Skipped.Entry> all = new ArrayList<>(beside);
    for (Shard shard : shards) {
      shard.images.unlisted().stream()
          .map(each -> new Skipped.Entry(named(shard, each.name()), each.kind(), each.reason()))
          .forEach(all::add);
    }
    unlisted = List.copyOf(all);
  }

  private static List<String> classNames(List<Shard> shards) {
    List<List<String>> each =
        shards.stream()
            .map(Shard::images)
            .filter(images -> images.size() > 0)
            .map(ImageTar::classNames)
            .toList();
    return each.stream().anyMatch(List::isEmpty)
        ? List.of()
        : each.stream().flatMap(List::stream).distinct().sorted().toList();
  }

  /**
   * Opens all.
   *
   * @param files by name
   * @param beside what else was found where they are
   * @throws IllegalArgumentException if one is no tar that can be read
   */
  static TarShards open(SortedMap<String, Path> files, List<Skipped.Entry> beside)
      throws IOException {
    List<Shard> shards = new ArrayList<>();
    try {
      for (Map.Entry<String, Path> file : files.entrySet()) {
        if (!ImageTar.isTar(file.getValue())) {
          throw new IllegalArgumentException("'" + file.getValue() + "' is no intact tar file");
        }
        shards.add(new Shard(file.getKey(), ImageTar.open(file.getValue())));
      }
      return new TarShards(shards, beside);
    } catch (IOException | RuntimeException e) {
      close(shards);
      throw e;
    }
  }

  private static String named(Shard shard, String name) {
    return shard.name + "/" + name;
  }

  @Override
  public int size() {
    return whole.size();
  }

  @Override
  public String name(int index) {
    Shard shard = shards.get(whole.part(index));
    return named(shard, shard.images.name(whole.within(index)));
  }

  @Override
  public int label(int index) {
    if (classNames.isEmpty()) {
      return NO_LABEL;
    }
    ImageTar images = shards.get(whole.part(index)).images;
    String name = images.classNames().get(images.label(whole.within(index)));
    return Collections.binarySearch(classNames, name);
  }

  @Override
  public List<String> classNames() {
    return classNames;
  }

  @Override
  public RawImage read(int index) throws IOException {
    return shards.get(whole.part(index)).images.read(whole.within(index));
  }

  @Override
  public List<Skipped.Entry> unlisted() {
    return unlisted;
  }

  @Override
  public List<Stored> stored() {
    return shards.stream().map(each -> new Stored(each.name, each.images.size())).toList();
  }

  @Override
  public Optional<KnownShards> known() {
    return Optional.of(KnownShards.of(this, null));
  }

  @Override
  public void close() throws IOException {
    close(shards);
  }

  private static void close(List<Shard> shards) throws IOException {
    for (Shard shard : shards) {
      shard.images.close();
    }
  }
}
