package org.tiltlens.corpus;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The image files in a {@code .tar}, such as a shard of WebDataset, read in place. */
final class ImageTar extends ListedImages {
  private static final int MAX_NAME_BYTES = 1 << 16;

  /** A record of pax: its length, a key and a value. */
  private static final Pattern PAX_PATH = Pattern.compile("(?:^|\n)\\d+ path=([^\n]+)\n");

  private final RecordFile tar;
  private final Map<String, Place> places;

  /** Where a file's bytes are. */
  private record Place(long from, long size) {}

  private ImageTar(RecordFile tar, ArchiveContents contents, Map<String, Place> places) {
    super(contents.names(), contents.unlisted());
    this.tar = tar;
    this.places = places;
  }

  static boolean isTar(Path file) throws IOException {
    return TarHeader.of(RecordFile.start(file, TarHeader.BLOCK)).isPresent();
  }

  static ImageTar open(Path file) throws IOException {
    RecordFile tar = RecordFile.open(file);
    try {
      ArchiveContents contents = new ArchiveContents();
      return new ImageTar(tar, contents, places(tar, contents));
    } catch (IOException | RuntimeException e) {
      tar.close();
      throw e;
    }
  }

  private static Map<String, Place> places(RecordFile tar, ArchiveContents contents)
      throws IOException {
    Map<String, Place> places = new HashMap<>();
    String longName = null;
    long at = 0;
    while (at + TarHeader.BLOCK <= tar.length()) {
      byte[] block = tar.read(at, TarHeader.BLOCK);
      Optional<TarHeader> found = TarHeader.of(block);
      if (found.isEmpty()) {
        requireEnd(tar, at, block);
        return places;
      }
      TarHeader header = found.get();
      long from = at + TarHeader.BLOCK;
      if (header.size() < 0 || header.size() > tar.length() - from) {
        throw new IllegalArgumentException(
            "'" + tar.path() + "' is cut short or damaged at '" + header.name() + "'");
      }
      if (header.type() == 'L' || header.type() == 'x') {
        longName = longName(header, tar.read(from, (int) Math.min(header.size(), MAX_NAME_BYTES)));
      } else {
        String name = longName == null ? header.name() : longName;
        if (header.isFile()) {
          contents.add(name, name, "");
          places.putIfAbsent(name, new Place(from, header.size()));
        }
        longName = null;
      }
      at = from + (header.size() + TarHeader.BLOCK - 1) / TarHeader.BLOCK * TarHeader.BLOCK;
    }
    if (at < tar.length()) {
      throw broken(tar, at);
    }
    return places;
  }

  /** An archive ends with blocks of zeros; anything else is what is left of a header. */
  private static void requireEnd(RecordFile tar, long at, byte... block) {
    for (byte each : block) {
      if (each != 0) {
        throw broken(tar, at);
      }
    }
  }

  private static IllegalArgumentException broken(RecordFile tar, long at) {
    return new IllegalArgumentException(
        "'%s' is cut short or damaged at byte %,d".formatted(tar.path(), at));
  }

  /** What the next file is called if its header is too short for it; null if that says nothing. */
  private static String longName(TarHeader header, byte[] data) {
    String text = new String(data, StandardCharsets.UTF_8);
    if (header.type() == 'L') {
      return text.replaceFirst("\0.*", "");
    }
    Matcher path = PAX_PATH.matcher(text);
    return path.find() ? path.group(1) : null;
  }

  @Override
  InputStream open(String name) throws IOException {
    Place place = places.get(name);
    int most = (int) Math.min(place.size(), ImageDecoder.MAX_FILE_BYTES + 1L);
    return new ByteArrayInputStream(tar.read(place.from(), most));
  }

  @Override
  public void close() throws IOException {
    tar.close();
  }
}
