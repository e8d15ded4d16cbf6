package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/**
 * The image files in a {@code .zip}, read in place: nothing is unpacked to disk.
 *
 * <p>An entry is read up to the bound of {@link ImageDecoder}, whatever its header promises, and
 * names that would leave a folder if unpacked are skipped.
 */
final class ImageZip extends ListedImages {
  private final ZipFile zip;
  private final String folder;

  private ImageZip(ZipFile zip, String folder, List<String> names, List<Skipped.Entry> unlisted) {
    super(names, unlisted);
    this.zip = zip;
    this.folder = folder;
  }

  /**
   * Opens the images of a zip, or of one folder in it.
   *
   * @param folder with {@code /} at its end; empty for all
   * @throws IllegalArgumentException if the file is no intact zip
   */
  static ImageZip open(Path file, String folder) throws IOException {
    ZipFile zip;
    try {
      zip = new ZipFile(file.toFile());
    } catch (ZipException e) {
      throw new IllegalArgumentException(
          "'" + file + "' is no intact zip file: " + e.getMessage(), e);
    }
    List<String> names = new ArrayList<>();
    List<Skipped.Entry> unlisted = new ArrayList<>();
    zip.stream()
        .map(ZipEntry::getName)
        .filter(name -> name.startsWith(folder))
        .filter(ImageDecoder::isImageName)
        .distinct()
        .forEach(
            name -> {
              if (isSafe(name)) {
                names.add(name.substring(folder.length()));
              } else {
                unlisted.add(new Skipped.Entry(name, "has an unsafe name"));
              }
            });
    return new ImageZip(zip, folder, names, unlisted);
  }

  private static boolean isSafe(String name) {
    return !name.startsWith("/")
        && name.indexOf('\\') < 0
        && name.indexOf(':') < 0
        && Arrays.stream(name.split("/")).noneMatch(".."::equals);
  }

  @Override
  InputStream open(String name) throws IOException {
    return zip.getInputStream(zip.getEntry(folder + name));
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
