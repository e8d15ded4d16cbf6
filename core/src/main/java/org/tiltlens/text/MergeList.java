package org.tiltlens.text;

import java.io.BufferedInputStream;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.zip.GZIPInputStream;
import java.util.zip.ZipException;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.text.BytePairs.Pair;

/**
 * Reads a list of merges, {@code merges.txt} of Hugging Face or {@code bpe_simple_vocab_16e6.txt}
 * of OpenAI, plain or gzipped: a line that names the version, then two tokens a line.
 *
 * <p>Of a longer list the first 48,894 merges are read, as CLIP does: what unpacks without end is
 * not followed.
 */
final class MergeList {
  /** 49,152 - 256 - 2, of CLIP's {@code SimpleTokenizer}. */
  static final int MOST = 48_894;

  /** CLIP's longest line has 33 characters. */
  private static final int LONGEST = 256;

  private final String source;
  private final Reader reader;

  private MergeList(String source, Reader reader) {
    this.source = source;
    this.reader = reader;
  }

  /**
   * The merges of a file.
   *
   * @throws CheckpointException if it cannot be read or is no such list
   */
  static List<Pair> read(Path file) {
    if (!Files.isRegularFile(file)) {
      throw new CheckpointException(
          "'" + file + "' is no file: expected the list of merges of CLIP's tokenizer");
    }
    try (InputStream bytes = Files.newInputStream(file)) {
      return read(file.toString(), bytes);
    } catch (IOException e) {
      throw new CheckpointException(file + " cannot be read: " + e, e);
    }
  }

  /** The merges in a stream; as {@link #read(Path)}. */
  static List<Pair> read(String source, InputStream stream) throws IOException {
    BufferedInputStream bytes = new BufferedInputStream(stream);
    bytes.mark(2);
    boolean packed = bytes.read() == 0x1F && bytes.read() == 0x8B;
    bytes.reset();
    try {
      InputStream text = packed ? new GZIPInputStream(bytes) : bytes;
      return new MergeList(
              source, new BufferedReader(new InputStreamReader(text, StandardCharsets.UTF_8)))
          .pairs();
    } catch (ZipException e) {
      throw new CheckpointException(source + " is damaged: " + e.getMessage(), e);
    }
  }

  private List<Pair> pairs() throws IOException {
    String header = line(1);
    if (header == null || !header.contains("#version")) {
      throw new CheckpointException(
          source
              + ": line 1 is no '#version: 0.2', which a list of merges begins with"
              + " (merges.txt, bpe_simple_vocab_16e6.txt)");
    }
    Set<String> known = new HashSet<>();
    for (String symbol : ByteSymbols.all()) {
      known.add(symbol);
      known.add(symbol + BytePairs.WORD_END);
    }
    List<Pair> pairs = new ArrayList<>();
    for (int number = 2; pairs.size() < MOST; number++) {
      String line = line(number);
      if (line == null) {
        break;
      }
      if (!line.isEmpty()) {
        pairs.add(pair(line, number, known));
      }
    }
    return pairs;
  }

  private Pair pair(String line, int number, Set<String> known) {
    int space = line.indexOf(' ');
    Pair pair =
        space < 0 ? null : new Pair(line.substring(0, space), line.substring(space + 1).strip());
    if (pair == null || !known.contains(pair.left()) || !known.contains(pair.right())) {
      throw new CheckpointException(
          "%s: line %d, '%s', is no pair of tokens that the lines before it make"
              .formatted(source, number, line));
    }
    if (!known.add(pair.merged())) {
      throw new CheckpointException(
          "%s: line %d makes the token '%s' again".formatted(source, number, pair.merged()));
    }
    return pair;
  }

  /** The next line without its end; null after the last. */
  private String line(int number) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = reader.read(); next != '\n'; next = reader.read()) {
      if (next < 0) {
        return line.isEmpty() ? null : line.toString();
      }
      if (line.length() == LONGEST) {
        throw new CheckpointException(
            "%s: line %d is longer than %d characters, which no merge is"
                .formatted(source, number, LONGEST));
      }
      line.append((char) next);
    }
    if (!line.isEmpty() && line.charAt(line.length() - 1) == '\r') {
      line.setLength(line.length() - 1);
    }
    return line.toString();
  }
}
