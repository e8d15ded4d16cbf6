package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * The image files in a {@code .zip}, read in place: nothing is unpacked to disk.
 *
 * <p>An entry is read up to the bound of {@link ImageDecoder}, whatever its header promises, and
 * names that would leave a folder if unpacked are skipped. Backslashes part folders as they do
 * where such zips are made.
 */
final class ImageZip extends ListedImages {
  private final ZipFile zip;
  private final String folder;

  /** Names in the zip of those that are listed by another. */
  private final Map<String, String> inside;

  private ImageZip(ZipFile zip, String folder, ArchiveContents contents) {
    super(contents.names(), contents.unlisted());
    this.zip = zip;
    this.folder = folder;
    inside = contents.inside();
  }

  /**
   * Opens the images of a zip, or of one folder in it.
   *
   * @param folder with {@code /} at its end; empty for all
   * @throws IllegalArgumentException if the file is no zip that can be read
   */
  static ImageZip open(Path file, String folder) throws IOException {
    OpenZip open = OpenZip.open(file);
    ArchiveContents contents = new ArchiveContents();
    BitSet links = ZipLinks.of(file);
    // In the order of the zip's directory.
    List<? extends ZipEntry> entries = open.zip().stream().toList();
    for (int i = 0; i < entries.size(); i++) {
      String name = entries.get(i).getName();
      String whole = open.backslash().matcher(name).replaceAll("/");
      if (links.get(i)) {
        contents.leaveOut(whole, folder, Skipped.LINKED, "is a link");
      } else if (!entries.get(i).isDirectory()) {
        contents.add(name, whole, folder);
      }
    }
    return new ImageZip(open.zip(), folder, contents);
  }

  @Override
  InputStream open(String name) throws IOException {
    String inZip = inside.get(name);
    return zip.getInputStream(zip.getEntry(inZip == null ? folder + name : inZip));
  }

  @Override
  public void close() throws IOException {
    zip.close();
  }
}
