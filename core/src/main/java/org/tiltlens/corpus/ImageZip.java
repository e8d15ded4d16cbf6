package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
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
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:/.*", Pattern.DOTALL);

  private final ZipFile zip;
  private final String folder;

  /** Names in the zip of those that are listed by another. */
  private final Map<String, String> inside;

  private ImageZip(ZipFile zip, String folder, Contents contents) {
    super(contents.names, contents.unlisted);
    this.zip = zip;
    this.folder = folder;
    inside = contents.inside;
  }

  /**
   * Opens the images of a zip, or of one folder in it.
   *
   * @param folder with {@code /} at its end; empty for all
   * @throws IllegalArgumentException if the file is no zip that can be read
   */
  static ImageZip open(Path file, String folder) throws IOException {
    OpenZip open = OpenZip.open(file);
    Contents contents = new Contents();
    open.zip().stream()
        .filter(entry -> !entry.isDirectory())
        .map(ZipEntry::getName)
        .forEach(
            name -> contents.add(name, open.backslash().matcher(name).replaceAll("/"), folder));
    return new ImageZip(open.zip(), folder, contents);
  }

  /** What a zip holds, by names with slashes. */
  private static final class Contents {
    private final List<String> names = new ArrayList<>();
    private final List<Skipped.Entry> unlisted = new ArrayList<>();
    private final Map<String, String> inside = new HashMap<>();
    private final Set<String> seen = new HashSet<>();

    void add(String inZip, String whole, String folder) {
      if (!whole.startsWith(folder)
          || whole.endsWith("/")
          || ImageNames.isHidden(whole)
          || !seen.add(whole)) {
        return;
      }
      String name = whole.substring(folder.length());
      if (!ImageNames.isImage(whole)) {
        ImageNames.leftOut(name).ifPresent(unlisted::add);
      } else if (isSafe(whole)) {
        names.add(name);
        if (!whole.equals(inZip)) {
          inside.put(name, inZip);
        }
      } else {
        unlisted.add(new Skipped.Entry(whole, Skipped.UNSAFE, "has an unsafe name"));
      }
    }

    private static boolean isSafe(String name) {
      return !name.startsWith("/")
          && !DRIVE.matcher(name).matches()
          && Arrays.stream(name.split("[/\\\\]")).noneMatch(".."::equals);
    }
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
