package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;

/**
 * The image files that a text names, one a line, in its order: by their paths below the folder that
 * the text is in. What is named twice counts once.
 */
final class ImageList extends ListedImages {
  /** Ten million names of usual length. */
  static final int MOST_BYTES = 1 << 29;

  /** What some editors begin a text with. */
  private static final String BYTE_ORDER = "\ufeff";

  private final Path folder;

  private ImageList(Path folder, ArchiveContents contents) {
    super(Listing.of(contents.names()), contents.unlisted());
    this.folder = folder;
  }

  static ImageList open(Path file) throws IOException {
    if (Files.size(file) > MOST_BYTES) {
      throw tooLong(file);
    }
    try (InputStream in = Files.newInputStream(file)) {
      return new ImageList(file.toAbsolutePath().getParent(), names(in, file));
    }
  }

  static IllegalArgumentException tooLong(Object file) {
    return new IllegalArgumentException(
        "'%s' is a list of more than %d MB: give several lists".formatted(file, MOST_BYTES >> 20));
  }

  /**
   * What a list names.
   *
   * @param file where it is, for people
   * @throws IllegalArgumentException if it is no text
   */
  static ArchiveContents names(InputStream in, Object file) throws IOException {
    ArchiveContents contents = new ArchiveContents();
    ShortLines lines = new ShortLines(in, file);
    try {
      for (String line = lines.next(); line != null; line = lines.next()) {
        String name = (line.startsWith(BYTE_ORDER) ? line.substring(1) : line).strip();
        String plain = name.startsWith("./") ? name.substring(2) : name;
        if (!plain.isEmpty()) {
          contents.add(plain, plain, "");
        }
      }
    } catch (CharacterCodingException e) {
      throw new IllegalArgumentException(
          "'" + file + "' is no list of images: expected a text in UTF-8, a file's name a line", e);
    }
    return contents;
  }

  @Override
  InputStream open(String name) throws IOException {
    Path file = file(name);
    if (!Files.exists(file)) {
      throw new NoSuchFileException(name);
    }
    if (!Files.isRegularFile(file)) {
      // A pipe would be waited for.
      throw new BrokenImageException(Skipped.UNREADABLE, "is no regular file");
    }
    return Files.newInputStream(file);
  }

  private Path file(String name) throws NoSuchFileException {
    try {
      return folder.resolve(name);
    } catch (InvalidPathException e) {
      // No file of this machine can be called so.
      throw new NoSuchFileException(name);
    }
  }

  @Override
  public void close() {
    // Files are open only while they are read.
  }
}
