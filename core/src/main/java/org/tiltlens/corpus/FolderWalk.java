package org.tiltlens.corpus;

import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/**
 * The image files, tables and archives below a folder, by names that do not depend on the locale.
 *
 * <p>Links to folders are followed, but no folder is entered twice: first come those that lie below
 * the folder, then those that links lead to, in the order of the links' names.
 */
final class FolderWalk {
  private final Path root;
  private final FolderNames found = new FolderNames();

  /** Tables and archives, and images that their names do not lead back to. */
  private final Map<String, Path> files = new HashMap<>();

  private final TreeMap<String, Path> links = new TreeMap<>();
  private final Set<Path> entered = new HashSet<>();

  private FolderWalk(Path root) {
    this.root = root;
  }

  static FolderWalk of(Path root) throws IOException {
    FolderWalk walk = new FolderWalk(root.toRealPath());
    walk.enter(walk.root, "");
    while (!walk.links.isEmpty()) {
      Map.Entry<String, Path> link = walk.links.pollFirstEntry();
      walk.enter(link.getValue().toRealPath(), link.getKey() + "/");
    }
    return walk;
  }

  private void enter(Path start, String prefix) throws IOException {
    Files.walkFileTree(
        start,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult preVisitDirectory(Path dir, BasicFileAttributes attributes) {
            boolean hidden = !dir.equals(start) && ImageNames.isHidden(name(start, dir));
            return !hidden && entered.add(dir)
                ? FileVisitResult.CONTINUE
                : FileVisitResult.SKIP_SUBTREE;
          }

          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
            String name = prefix + name(start, file);
            if (attributes.isOther()) {
              // A pipe would be waited for.
              found.leaveOut(new Skipped.Entry(name, Skipped.UNREADABLE, "is no regular file"));
            } else {
              found(file, name, attributes.isSymbolicLink());
            }
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult visitFileFailed(Path file, IOException failure) {
            found.leaveOut(
                new Skipped.Entry(
                    prefix + name(start, file), Skipped.UNREADABLE, "cannot be read: " + failure));
            return FileVisitResult.CONTINUE;
          }
        });
  }

  private void found(Path file, String name, boolean link) {
    if (link && Files.isDirectory(file)) {
      if (!ImageNames.isHidden(name)) {
        links.put(name, file);
      }
      return;
    }
    found.add(name);
    boolean holds = ImageNames.isTable(name) || ImageNames.isTar(name);
    if (holds || ImageNames.isImage(name) && !leadsToFile(name)) {
      files.put(name, file);
    }
  }

  /** Whether the name, as this process' locale encodes it, leads to its file. */
  private boolean leadsToFile(String name) {
    try {
      Path file = root.resolve(name);
      return name.indexOf('%') < 0 || Files.exists(file);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  /**
   * The file's name below a folder: its bytes as UTF-8, whatever the locale; with {@code %FC} for
   * bytes that are none.
   */
  private static String name(Path folder, Path file) {
    Path relative = folder.relativize(file);
    String name = relative.toString();
    if (isSameAs(name, relative)) {
      return name.replace(File.separatorChar, '/');
    }
    String start = folder.toUri().getRawPath();
    String escaped = file.toUri().getRawPath().substring(start.length());
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(unescaped(escaped)))
          .toString();
    } catch (CharacterCodingException e) {
      return escaped;
    }
  }

  private static boolean isSameAs(String name, Path path) {
    try {
      return path.getFileSystem().getPath(name).equals(path);
    } catch (InvalidPathException e) {
      return false;
    }
  }

  private static byte[] unescaped(String escaped) {
    ByteBuffer bytes = ByteBuffer.allocate(escaped.length());
    for (int i = 0; i < escaped.length(); i++) {
      if (escaped.charAt(i) == '%') {
        bytes.put((byte) Integer.parseInt(escaped, i + 1, i + 3, 16));
        i += 2;
      } else {
        bytes.put((byte) escaped.charAt(i));
      }
    }
    byte[] exact = new byte[bytes.position()];
    bytes.flip().get(exact);
    return exact;
  }

  /** All files by what their names say. */
  FolderNames found() {
    return found;
  }

  /** The file of a name. */
  Path file(String name) {
    Path file = files.get(name);
    return file == null ? root.resolve(name) : file;
  }
}
