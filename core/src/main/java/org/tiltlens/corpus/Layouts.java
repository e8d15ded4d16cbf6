package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;
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
      return openFolder(path);
    }
    if (Files.isRegularFile(path)) {
      return openFile(path);
    }
    for (Path zip = path.getParent(); zip != null; zip = zip.getParent()) {
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
    return requireImages(ImageFolder.open(path), path);
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
    int magic = magic(path);
    if (magic == ZIP_MAGIC || magic == EMPTY_ZIP_MAGIC) {
      return requireImages(ImageZip.open(path, ""), path);
    }
    if (magic == IdxImages.IMAGES_MAGIC || magic >>> 16 == GZIP_MAGIC) {
      return IdxImages.open(path);
    }
    if (path.toString().endsWith(".bin") && Files.size(path) % CifarBatches.RECORD == 0) {
      return CifarBatches.open(List.of(path));
    }
    if (magic == PARQUET_MAGIC) {
      throw new IllegalArgumentException(
          "'" + path + "' is a Parquet file, which is no corpus: write its images to a folder");
    }
    if (ImageTar.isTar(path)) {
      return requireImages(ImageTar.open(path), path);
    }
    throw new IllegalArgumentException(
        "'"
            + path
            + "' is no corpus: expected a folder, .zip or .tar of images, an IDX file of images"
            + " (.gz or not) or CIFAR-10 batches (.bin)");
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
