package org.tiltlens.corpus;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** What images an archive holds; names that would leave a folder if unpacked are skipped. */
final class ArchiveContents {
  private final List<String> names = new ArrayList<>();
  private final List<Skipped.Entry> unlisted = new ArrayList<>();
  private final Map<String, String> inside = new HashMap<>();
  private final Set<String> seen = new HashSet<>();

  /**
   * Takes a file up, unless it is hidden, no image, outside of the folder or there already.
   *
   * @param inArchive its name in the archive
   * @param whole the same with slashes between folders
   * @param folder with {@code /} at its end; empty for all
   */
  void add(String inArchive, String whole, String folder) {
    if (!whole.startsWith(folder)
        || whole.endsWith("/")
        || ImageNames.isHidden(whole)
        || !seen.add(whole)) {
      return;
    }
    String name = whole.substring(folder.length());
    if (!ImageNames.isImage(whole)) {
      ImageNames.leftOut(name).ifPresent(unlisted::add);
    } else if (ImageNames.isSafe(whole)) {
      names.add(name);
      if (!whole.equals(inArchive)) {
        inside.put(name, inArchive);
      }
    } else {
      unlisted.add(ImageNames.unsafe(whole));
    }
  }

  /**
   * Leaves out what its name says may be, or may hold, images.
   *
   * @param whole its name, with slashes between folders
   * @param folder with {@code /} at its end; empty for all
   */
  void leaveOut(String whole, String folder, String kind, String reason) {
    if (whole.startsWith(folder)
        && !ImageNames.isHidden(whole)
        && (ImageNames.isImage(whole) || ImageNames.leftOut(whole).isPresent())
        && seen.add(whole)) {
      unlisted.add(new Skipped.Entry(whole.substring(folder.length()), kind, reason));
    }
  }

  /** Notes what is wrong with the archive as a whole. */
  void note(Skipped.Entry entry) {
    unlisted.add(entry);
  }

  /** Names of the images, below the folder. */
  List<String> names() {
    return names;
  }

  /** What was found but is not listed. */
  List<Skipped.Entry> unlisted() {
    return unlisted;
  }

  /** Names in the archive of those images that are listed by another. */
  Map<String, String> inside() {
    return inside;
  }
}
