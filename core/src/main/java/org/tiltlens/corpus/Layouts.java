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
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Tells a corpus' layout by what lies at its path. */
final class Layouts {
  private static final int ZIP_MAGIC = 0x504B0304;
  private static final int EMPTY_ZIP_MAGIC = 0x504B0506;
  private static final int GZIP_MAGIC = 0x1F8B;
  private static final int PARQUET_MAGIC = 0x50415231;

  private static final Pattern CHECKPOINT =
      Pattern.compile("(?s).*\\.(pth|pt|ckpt|safetensors|npz|gguf)");

  private Layouts() {}

  static ImageSource open(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return openFolder(path);
    }
    if (Files.isRegularFile(path)) {
      return openFile(path);
    }
    Path parent = path.getParent();
    if (parent != null && Files.isRegularFile(parent) && magic(parent) == PARQUET_MAGIC) {
      return requireImages(ParquetImages.open(parent, path.getFileName().toString()), path);
    }
    if (parent != null && Files.isDirectory(parent)) {
      Optional<ParquetImages> column = columnOf(parent, path.getFileName().toString());
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

  private static ImageSource openFolder(Path path) throws IOException {
    List<Path> batches = matching(path, "data_batch_\\d+\\.bin");
    if (batches.isEmpty()) {
      batches = matching(path, "test_batch\\.bin");
    }
    if (!batches.isEmpty()) {
      return CifarBatches.open(batches);
    }
    List<Path> idx = matching(path, ".*images.*idx3-ubyte(\\.gz)?");
    if (!idx.isEmpty()) {
      throw new IllegalArgumentException(
          "'"
              + path
              + "' holds IDX files: give one of "
              + idx.stream()
                  .map(file -> file.getFileName().toString())
                  .collect(Collectors.joining(", ")));
    }
    FolderWalk walk = FolderWalk.of(path);
    if (walk.names().isEmpty() && !walk.tables().isEmpty()) {
      Optional<ParquetImages> images = ParquetImages.open(walk.tables(), null, walk.unlisted());
      if (images.isPresent()) {
        return requireImages(images.get(), path);
      }
    }
    List<Skipped.Entry> beside =
        ParquetImages.holding(walk.tables()).stream().map(ImageNames::besideImages).toList();
    return requireImages(ImageFolder.of(walk, beside), path);
  }

  /** A column of the Parquet files in a folder; empty if there are none. */
  private static Optional<ParquetImages> columnOf(Path folder, String column) throws IOException {
    SortedMap<String, Path> files = new TreeMap<>();
    matching(folder, "(?i)[^.].*\\.parquet")
        .forEach(file -> files.put(file.getFileName().toString(), file));
    return files.isEmpty() ? Optional.empty() : ParquetImages.open(files, column, List.of());
  }

  private static List<Path> matching(Path folder, String pattern) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(Files::isRegularFile)
          .filter(file -> file.getFileName().toString().matches(pattern))
          .sorted()
          .toList();
    }
  }

  private static ImageSource openFile(Path path) throws IOException {
    if (CHECKPOINT.matcher(path.toString()).matches()) {
      throw new IllegalArgumentException(
          ("'%s' is a checkpoint by its name, expected images: `vision`, `dictionary` and `prior`"
                  + " take models")
              .formatted(path));
    }
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
    throw new IllegalArgumentException(
        "'%s' is %s"
            .formatted(
                path,
                Packed.described(path)
                    .orElse(
                        "no corpus: expected a folder, .zip, .tar or .parquet of images, an IDX"
                            + " file of images (.gz or not) or CIFAR-10 batches (.bin)")));
  }

  private static int magic(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      byte[] first = in.readNBytes(4);
      return first.length < 4 ? 0 : ByteBuffer.wrap(first).getInt();
    }
  }

  private static ImageSource requireImages(ImageSource source, Path path) throws IOException {
    if (source.size() == 0) {
      source.close();
      LeftOut leftOut = new Skipped(source.unlisted()).of(0);
      throw new IllegalArgumentException(
          "'%s' holds no images%s: expected %s"
              .formatted(
                  path,
                  leftOut == null ? "" : " that can be read (" + leftOut + ")",
                  ImageNames.expected()));
    }
    return source;
  }
}
