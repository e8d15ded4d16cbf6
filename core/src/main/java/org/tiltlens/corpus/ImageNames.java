package org.tiltlens.corpus;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What a file's name says of it: an image, one that cannot be read, or something else. */
final class ImageNames {
  private static final Set<String> READ =
      Set.of(".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff");

  /** Pictures for which Java has no reader. */
  private static final Set<String> FOREIGN =
      Set.of(
          ".heic", ".heif", ".avif", ".jxl", ".jp2", ".j2k", ".jpf", ".psd", ".svg", ".tga", ".ppm",
          ".pgm", ".pnm", ".exr", ".dng", ".cr2", ".cr3", ".nef", ".arw");

  private static final Set<String> ARCHIVES =
      Set.of(
          ".zip",
          ".tar",
          ".tgz",
          ".tar.gz",
          ".tar.bz2",
          ".tar.xz",
          ".tar.zst",
          ".7z",
          ".rar",
          ".arrow",
          ".tfrecord");

  private static final Set<String> TARS = Set.of(".tar", ".tgz", ".tar.gz");

  private static final String TABLE = ".parquet";
  private static final String LIST = ".txt";
  private static final Pattern DRIVE = Pattern.compile("[A-Za-z]:/.*", Pattern.DOTALL);
  private static final Pattern ENDING = Pattern.compile("\\.(?=.*[a-z])[a-z0-9]{1,10}");

  /** What files are counted as whose name does not tell what they are. */
  private static final String NO_ENDING = "without a known ending";

  private ImageNames() {}

  /** Hidden files, those in hidden folders, and what macOS puts beside the files of a zip. */
  static boolean isHidden(String name) {
    return Arrays.stream(name.split("/")).anyMatch(ImageNames::isHiddenPart);
  }

  private static boolean isHiddenPart(String part) {
    return part.equals("__MACOSX")
        || part.startsWith(".") && !part.equals(".") && !part.equals("..");
  }

  /** Whether a name stays below the folder that it is a name in. */
  static boolean isSafe(String name) {
    return !name.startsWith("/")
        && !DRIVE.matcher(name).matches()
        && Arrays.stream(name.split("[/\\\\]")).noneMatch(".."::equals);
  }

  /** Why a file is left out whose name does not. */
  static Skipped.Entry unsafe(String name) {
    return new Skipped.Entry(name, Skipped.UNSAFE, "has an unsafe name");
  }

  static boolean isImage(String name) {
    return READ.contains(ending(name));
  }

  /** Whether it is a Parquet file. */
  static boolean isTable(String name) {
    return ending(name).equals(TABLE);
  }

  /** Whether it is a text that may be a list of image files. */
  static boolean isList(String name) {
    return ending(name).equals(LIST);
  }

  /** Whether it is a tar that is read. */
  static boolean isTar(String name) {
    return TARS.contains(ending(name));
  }

  /** Why a table of images is left out that lies beside image files. */
  static Skipped.Entry besideImages(String name) {
    return new Skipped.Entry(name, TABLE, "is a table of images beside image files: name it alone");
  }

  /** Why a file is left out that may be, or may hold, images; empty if it is none. */
  static Optional<Skipped.Entry> leftOut(String name) {
    String ending = ending(name);
    if (FOREIGN.contains(ending)) {
      return entry(name, ending, "is " + ending + ", which is not read: convert it to JPEG or PNG");
    }
    if (ARCHIVES.contains(ending)) {
      return entry(name, ending, "is an archive in the corpus: unpack it, or name it instead");
    }
    if (!ENDING.matcher(ending).matches()) {
      return entry(name, NO_ENDING, "has no known ending: name it .jpg, .png, .. if it is one");
    }
    return Optional.empty();
  }

  private static Optional<Skipped.Entry> entry(String name, String kind, String reason) {
    return Optional.of(new Skipped.Entry(name, kind, reason));
  }

  /** What can be done about files of a kind, in parentheses; empty if nothing. */
  static String advice(String kind) {
    if (FOREIGN.contains(kind)) {
      return " (convert to JPEG or PNG)";
    }
    if (ARCHIVES.contains(kind)) {
      return " (unpack, or name one)";
    }
    if (kind.equals(TABLE)) {
      return " (name it alone)";
    }
    if (kind.equals(Skipped.LINKED)) {
      return " (unpack, and give the folder)";
    }
    if (kind.equals(Skipped.NO_END)) {
      return " (cut short?)";
    }
    return kind.equals(NO_ENDING) ? " (name them .jpg, .png, ..)" : "";
  }

  /** The endings that are read, for messages. */
  static String expected() {
    return String.join(", ", List.of(".jpg", ".png", ".webp", ".bmp", ".gif")) + " or .tif files";
  }

  private static String ending(String name) {
    String file = name.substring(name.lastIndexOf('/') + 1).toLowerCase(Locale.ROOT);
    int dot = file.lastIndexOf('.');
    if (dot > 3 && file.startsWith(".tar", dot - 4)) {
      dot -= 4;
    }
    return dot < 0 ? "" : file.substring(dot);
  }
}
