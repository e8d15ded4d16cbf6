package org.tiltlens.corpus;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What lies where in a {@code .tar}, header by header.
 *
 * <p>Hard links are what they lead to, if that came before, as tar writes them. Other links,
 * devices and the like are left out.
 */
final class TarWalk {
  private static final int MAX_NAME_BYTES = 1 << 16;

  /** A record of pax: its length, a key and a value. */
  private static final String PAX = "(?:^|\n)\\d+ %s=([^\n]+)\n";

  private static final Pattern PAX_PATH = Pattern.compile(PAX.formatted("path"));
  private static final Pattern PAX_TARGET = Pattern.compile(PAX.formatted("linkpath"));

  private final RecordFile tar;
  private final ArchiveContents contents = new ArchiveContents();
  private final Map<String, Place> places = new HashMap<>();

  /** What the next file is called, if its header is too short for it. */
  private String longName;

  /** Where the next link leads, if its header is too short for it. */
  private String longTarget;

  /** Where a file's bytes are. */
  record Place(long from, long size) {}

  private TarWalk(RecordFile tar) {
    this.tar = tar;
  }

  /**
   * Reads all headers.
   *
   * @throws IllegalArgumentException if the file breaks off in the middle of something
   */
  static TarWalk of(RecordFile tar) throws IOException {
    TarWalk walk = new TarWalk(tar);
    walk.walk();
    return walk;
  }

  private void walk() throws IOException {
    long at = 0;
    while (at + TarHeader.BLOCK <= tar.length()) {
      byte[] block = tar.read(at, TarHeader.BLOCK);
      Optional<TarHeader> found = TarHeader.of(block);
      if (found.isEmpty()) {
        requireEnd(at, block);
        return;
      }
      TarHeader header = found.get();
      long from = at + TarHeader.BLOCK;
      if (header.size() < 0 || header.size() > tar.length() - from) {
        throw new IllegalArgumentException(
            "'" + tar.path() + "' is cut short or damaged at '" + header.name() + "'");
      }
      take(header, from);
      at = from + (header.size() + TarHeader.BLOCK - 1) / TarHeader.BLOCK * TarHeader.BLOCK;
    }
    if (at < tar.length()) {
      throw broken(at);
    }
    contents.note(
        new Skipped.Entry(
            tar.path().getFileName().toString(),
            Skipped.NO_END,
            "lacks the blocks of zeros that end a tar: files behind its last may be missing"));
  }

  /** An archive ends with blocks of zeros; anything else is what is left of a header. */
  private void requireEnd(long at, byte... block) {
    for (byte each : block) {
      if (each != 0) {
        throw broken(at);
      }
    }
  }

  private IllegalArgumentException broken(long at) {
    return new IllegalArgumentException(
        "'%s' is cut short or damaged at byte %,d".formatted(tar.path(), at));
  }

  private void take(TarHeader header, long from) throws IOException {
    switch (header.type()) {
      case 'L' -> longName = longText(header, from);
      case 'K' -> longTarget = longText(header, from);
      case 'x' -> {
        String records = text(header, from);
        longName = value(records, PAX_PATH);
        longTarget = value(records, PAX_TARGET);
      }
      default -> {
        takeFile(
            header,
            longName == null ? header.name() : longName,
            longTarget == null ? header.target() : longTarget,
            from);
        longName = null;
        longTarget = null;
      }
    }
  }

  private void takeFile(TarHeader header, String name, String target, long from) {
    if (header.isFile()) {
      add(name, new Place(from, header.size()));
    } else if (header.isHardLink() && places.containsKey(target)) {
      add(name, places.get(target));
    } else if (header.isHardLink() || header.isSymbolicLink()) {
      contents.leaveOut(name, "", Skipped.LINKED, "is a link to '" + target + "'");
    } else if (header.isSpecial()) {
      contents.leaveOut(name, "", Skipped.UNREADABLE, "is no regular file");
    }
  }

  private void add(String name, Place place) {
    contents.add(name, name, "");
    places.putIfAbsent(name, place);
  }

  private String text(TarHeader header, long from) throws IOException {
    int most = (int) Math.min(header.size(), MAX_NAME_BYTES);
    return new String(tar.read(from, most), StandardCharsets.UTF_8);
  }

  private String longText(TarHeader header, long from) throws IOException {
    return text(header, from).replaceFirst("(?s)\0.*", "");
  }

  /** A value in records of pax; null if there is none. */
  private static String value(String records, Pattern record) {
    Matcher value = record.matcher(records);
    return value.find() ? value.group(1) : null;
  }

  ArchiveContents contents() {
    return contents;
  }

  /** Where each file is, links among them. */
  Map<String, Place> places() {
    return places;
  }
}
