package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** Tells a corpus' layout by what lies at its path. */
final class Layouts {
  private static final int ZIP_MAGIC = 0x504B0304;
  private static final int EMPTY_ZIP_MAGIC = 0x504B0506;
  private static final int GZIP_MAGIC = 0x1F8B;
  private static final int PARQUET_MAGIC = 0x50415231;

  private Layouts() {}

  static ImageSource open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return openFolder(new LocalFolder(path));
    }
    if (Files.isRegularFile(path)) {
      return openFile(path);
    }
    Path parent = path.getParent();
    if (parent != null && Files.isRegularFile(parent) && magic(parent) == PARQUET_MAGIC) {
      return requireImages(ParquetImages.open(parent, path.getFileName().toString()), path);
    }
    if (parent != null && Files.isDirectory(parent)) {
      Optional<ParquetImages> column =
          columnOf(new LocalFolder(parent), path.getFileName().toString());
      if (column.isPresent()) {
        return requireImages(column.get(), path);
      }
    }
    for (Path zip = parent; zip != null; zip = zip.getParent()) {
      if (Files.isRegularFile(zip) && magic(zip) == ZIP_MAGIC) {
        String inside = zip.relativize(path).toString().replace('\\', '/');
        return requireImages(ImageZip.open(zip, inside + "/"), path);
      }
    }
    throw new NoSuchFileException(path.toString());
  }

  /** Opens a folder. */
  static ImageSource openFolder(CorpusFolder folder) throws IOException {
    List<String> batches = folder.directly("data_batch_\\d+\\.bin");
    if (batches.isEmpty()) {
      batches = folder.directly("test_batch\\.bin");
    }
    if (!batches.isEmpty()) {
      List<String> names = folder.directly(Pattern.quote(CifarBatches.CLASS_NAMES));
      SortedMap<String, Path> files =
          folder.files(Stream.concat(batches.stream(), names.stream()).toList());
      return CifarBatches.open(batches.stream().map(files::get).toList());
    }
    List<String> idx = folder.directly(".*images.*idx3-ubyte(\\.gz)?");
    if (!idx.isEmpty()) {
      throw new IllegalArgumentException(
          "'" + folder + "' holds IDX files: give one of " + String.join(", ", idx));
    }
    FolderNames below = folder.below();
    if (below.images().isEmpty() && !below.tables().isEmpty()) {
      Optional<ParquetImages> images =
          ParquetImages.open(folder.single(below.tables()), null, below.unlistedWithTars());
      if (images.isPresent()) {
        return requireImages(images.get(), folder);
      }
    }
    if (below.images().isEmpty() && !below.tars().isEmpty()) {
      return requireImages(TarShards.open(folder.single(below.tars()), below.unlisted()), folder);
    }
    Stream<Skipped.Entry> tables =
        ParquetImages.holding(folder.single(below.tables())).stream().map(ImageNames::besideImages);
    List<Skipped.Entry> unlisted =
        Stream.concat(below.unlistedWithTars().stream(), tables).toList();
    return requireImages(folder.images(unlisted), folder);
  }

  /** A column of the Parquet files in a folder; empty if there are none. */
  static Optional<ParquetImages> columnOf(CorpusFolder folder, String column) throws IOException {
    List<String> names = folder.directly("(?i)[^.].*\\.parquet");
    return names.isEmpty()
        ? Optional.empty()
        : ParquetImages.open(folder.single(names), column, List.of());
  }

  /** Names of files that may lie beside a file and belong to it. */
  static List<String> beside(String file) {
    return file.endsWith(".bin") ? List.of(CifarBatches.CLASS_NAMES) : IdxImages.beside(file);
  }

  private static ImageSource openFile(Path path) throws IOException {
    int magic = magic(path);
    if (magic == ZIP_MAGIC || magic == EMPTY_ZIP_MAGIC) {
      return requireImages(ImageZip.open(path, ""), path);
    }
    if (magic == IdxImages.IMAGES_MAGIC) {
      return IdxImages.open(path);
    }
    if (magic >>> 16 == GZIP_MAGIC) {
      return ImageTar.isTar(path) ? requireImages(ImageTar.open(path), path) : IdxImages.open(path);
    }
    if (path.toString().endsWith(".bin") && Files.size(path) % CifarBatches.RECORD == 0) {
      return CifarBatches.open(List.of(path));
    }
    if (magic == PARQUET_MAGIC) {
      return requireImages(ParquetImages.open(path, null), path);
    }
    if (ImageTar.isTar(path)) {
      return requireImages(ImageTar.open(path), path);
    }
    if (path.toString().toLowerCase(Locale.ROOT).endsWith(".zip")) {
      // One that unpacks itself begins with a program.
      return requireImages(ImageZip.open(path, ""), path);
    }
    if (ImageNames.isList(path.toString())) {
      ImageList list = ImageList.open(path);
      if (list.size() > 0) {
        return list;
      }
    }
    Optional<String> no = NoCorpus.described(path);
    throw new IllegalArgumentException(
        "'%s' is %s"
            .formatted(
                path,
                Packed.described(path)
                    .or(() -> no)
                    .orElse(
                        "no corpus: expected a folder, .zip, .tar or .parquet of images, a .txt"
                            + " that lists them, an IDX file of images (.gz or not) or CIFAR-10"
                            + " batches (.bin)")));
  }

  private static int magic(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] first = in.readNBytes(4);
      return first.length < 4 ? 0 : ByteBuffer.wrap(first).getInt();
    }
  }

  private static ImageSource requireImages(ImageSource source, Path path) throws IOException {
    return requireImages(source, path, NoCorpus::described);
  }

  private static ImageSource requireImages(ImageSource source, CorpusFolder folder)
      throws IOException {
    return requireImages(source, folder, CorpusFolder::other);
  }

  /** Refuses a collection without images. */
  static ImageSource requireImages(ImageSource source, String address) throws IOException {
    return requireImages(source, address, nowhere -> Optional.empty());
  }

  private interface Other<P> {
    Optional<String> of(P place) throws IOException;
  }

  /**
   * Refuses a collection without images.
   *
   * @param other what lies at its place, if it is known to be something else
   */
  private static <P> ImageSource requireImages(ImageSource source, P place, Other<P> other)
      throws IOException {
    if (source.size() == 0) {
      source.close();
      Optional<String> no = other.of(place);
      if (no.isPresent()) {
        throw new IllegalArgumentException("'" + place + "' is " + no.get());
      }
      LeftOut leftOut = new Skipped(source.unlisted()).of(0);
      throw new IllegalArgumentException(
          "'%s' holds no images%s: expected %s"
              .formatted(
                  place,
                  leftOut == null ? "" : " that can be read (" + leftOut + ")",
                  ImageNames.expected()));
    }
    return source;
  }
}
