package org.tiltlens.bert;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tiltlens.checkpoint.CheckpointException;

/**
 * BERT's tokenizer: words, and of those that it does not know the longest pieces that it does, to
 * the id what {@code BertTokenizer} of transformers gives.
 *
 * <p>Devlin et al. 2019, <em>BERT</em>, section 3; Wu et al. 2016 (arXiv 1609.08144), section 4.1.
 * A word of more than {@value #LONGEST_WORD} characters, or with a piece that is not known, is
 * {@code [UNK]}. Letters are those of Unicode 13. Immutable, so threads may share it.
 */
public final class WordPiece {
  /** What begins a piece that does not begin its word. */
  static final String WITHIN = "##";

  private static final int LONGEST_WORD = 100;
  private static final int LONGEST_TEXT = 10_000;
  private static final Pattern SPECIAL =
      Pattern.compile(
          Vocabulary.SPECIAL.stream().map(Pattern::quote).collect(Collectors.joining("|")));

  private final Map<String, Integer> ids;
  private final Map<Integer, String> tokens;
  private final BasicWords words;
  private final int longest;

  private WordPiece(Vocabulary vocabulary) {
    ids = vocabulary.ids();
    tokens =
        ids.entrySet().stream().collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));
    words = new BasicWords(vocabulary.lowerCase());
    longest = ids.keySet().stream().mapToInt(String::length).max().orElseThrow();
  }

  /**
   * Opens a tokenizer of files.
   *
   * @param path a folder with {@code vocab.txt} or {@code tokenizer.json}, and with a {@code
   *     tokenizer_config.json} if text is not to be made lower case; or a {@code vocab.txt}
   * @throws CheckpointException if it is neither; one line
   */
  public static WordPiece open(Path path) {
    return new WordPiece(Vocabulary.read(path));
  }

  /** Number of tokens. */
  public int size() {
    return ids.size();
  }

  /** The id of the token that stands for a word left open. */
  public int mask() {
    return ids.get(Vocabulary.MASK);
  }

  /** All tokens; those within words begin with {@code ##}. */
  public Set<String> tokens() {
    return new TreeSet<>(ids.keySet());
  }

  /**
   * The token of an id.
   *
   * @throws IllegalArgumentException if there is none
   */
  public String token(int id) {
    String token = tokens.get(id);
    if (token == null) {
      throw new IllegalArgumentException(
          "token id %d does not exist: 0..%d".formatted(id, ids.size() - 1));
    }
    return token;
  }

  /** The id of a token; -1 if there is no such token. */
  public int id(String token) {
    return ids.getOrDefault(token, -1);
  }

  /**
   * The ids of a text, without start and end; {@code [MASK]} and the like are themselves.
   *
   * @throws IllegalArgumentException if it has more than 10,000 characters
   */
  public int[] encode(String text) {
    if (text.length() > LONGEST_TEXT) {
      throw new IllegalArgumentException(
          "text of %d characters, must have at most %d".formatted(text.length(), LONGEST_TEXT));
    }
    List<Integer> found = new ArrayList<>();
    Matcher special = SPECIAL.matcher(text);
    int from = 0;
    while (special.find()) {
      addWords(text.substring(from, special.start()), found);
      found.add(ids.get(special.group()));
      from = special.end();
    }
    addWords(text.substring(from), found);
    return found.stream().mapToInt(Integer::intValue).toArray();
  }

  /** What the model is told: {@code [CLS]}, the text's ids, {@code [SEP]}. */
  public long[] ids(String text) {
    int[] inner = encode(text);
    long[] all = new long[inner.length + 2];
    all[0] = ids.get(Vocabulary.START);
    for (int i = 0; i < inner.length; i++) {
      all[i + 1] = inner[i];
    }
    all[all.length - 1] = ids.get(Vocabulary.END);
    return all;
  }

  private void addWords(String text, List<Integer> found) {
    words.of(text).forEach(word -> addPieces(word, found));
  }

  /** The longest known piece first. */
  private void addPieces(String word, List<Integer> found) {
    List<Integer> pieces = new ArrayList<>();
    int from = 0;
    while (from < word.length()) {
      int end = longestPiece(word, from);
      if (end == from || word.codePointCount(0, word.length()) > LONGEST_WORD) {
        found.add(ids.get(Vocabulary.UNKNOWN));
        return;
      }
      pieces.add(ids.get(piece(word, from, end)));
      from = end;
    }
    found.addAll(pieces);
  }

  /** Where it ends; where it begins if there is none. */
  private int longestPiece(String word, int from) {
    int end = Math.min(word.length(), from + longest);
    while (end > from && !ids.containsKey(piece(word, from, end))) {
      end--;
    }
    return end;
  }

  private static String piece(String word, int from, int end) {
    String part = word.substring(from, end);
    return from == 0 ? part : WITHIN + part;
  }

  /**
   * The text of ids: pieces joined, words a space apart.
   *
   * @throws IllegalArgumentException if there is no token of an id
   */
  public String decode(int... all) {
    StringBuilder text = new StringBuilder();
    for (int id : all) {
      String token = token(id);
      boolean within = token.startsWith(WITHIN) && !text.isEmpty();
      text.append(within ? token.substring(WITHIN.length()) : " " + token);
    }
    return text.toString().strip();
  }
}
