package org.tiltlens.text;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;

/**
 * CLIP's tokenizer: lower-case byte pairs, to the id what {@code SimpleTokenizer} of openai/CLIP
 * gives.
 *
 * <p>Radford et al. 2021, <em>Learning Transferable Visual Models From Natural Language
 * Supervision</em>, section 2.4; Sennrich et al. 2016. Text is cleaned as there ({@code ftfy},
 * HTML's references, white space), save that text decoded by a wrong character set is not repaired,
 * and that letters are those of Unicode 13. Immutable, so threads may share it.
 */
public final class ClipTokenizer {
  /** A prompt that is longer says more than any encoder reads. */
  private static final int LONGEST = 10_000;

  private static final int MOST_TOKENS = 1 << 20;
  private static final String START = "<|startoftext|>";
  private static final String END = "<|endoftext|>";
  private static final Pattern WORD =
      Pattern.compile(
          "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d"
              + "|\\p{L}+|\\p{N}|[^\\s\\p{L}\\p{N}]+",
          Pattern.CASE_INSENSITIVE | Pattern.UNICODE_CASE);

  private final BytePairs pairs;
  private final Map<String, Integer> ids;
  private final Map<Integer, String> tokens;
  private final int padding;

  private ClipTokenizer(List<BytePairs.Pair> merges, Map<String, Integer> ids, int padding) {
    pairs = new BytePairs(merges);
    this.ids = Map.copyOf(ids);
    tokens =
        ids.entrySet().stream().collect(Collectors.toMap(Map.Entry::getValue, Map.Entry::getKey));
    this.padding = padding;
  }

  /**
   * The published vocabulary of 49,408 tokens, which comes with this library; pads with 0 as
   * openai/CLIP does.
   */
  public static ClipTokenizer published() {
    String name = "clip_merges.txt.gz";
    try (InputStream bytes = ClipTokenizer.class.getResourceAsStream(name)) {
      return ofMerges(MergeList.read(name, bytes));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * Opens a tokenizer of files.
   *
   * @param path a folder with {@code vocab.json} and {@code merges.txt} (or with a folder {@code
   *     tokenizer} of them, as Stable Diffusion's), which pads as its {@code tokenizer_config.json}
   *     says, else with the end token; or a list of merges, {@code .txt} or {@code .gz}, that the
   *     vocabulary follows from, which pads with 0
   * @throws CheckpointException if it is neither; one line
   */
  public static ClipTokenizer open(Path path) {
    if (!Files.isDirectory(path)) {
      return ofMerges(MergeList.read(path));
    }
    Path folder = Files.isDirectory(path.resolve("tokenizer")) ? path.resolve("tokenizer") : path;
    JsonSettings vocabulary =
        JsonSettings.in(folder, "vocab.json")
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "folder '"
                            + folder
                            + "' has no vocab.json: expected CLIP's tokenizer, vocab.json beside"
                            + " merges.txt"));
    return ofFolder(folder, vocabulary);
  }

  private static ClipTokenizer ofFolder(Path folder, JsonSettings vocabulary) {
    Map<String, Integer> ids = new HashMap<>();
    vocabulary
        .root()
        .fieldNames()
        .forEachRemaining(token -> ids.put(token, vocabulary.integer(token, null, 0, MOST_TOKENS)));
    if (ids.values().stream().distinct().count() != ids.size()) {
      throw new CheckpointException(vocabulary.source() + " gives two tokens one id");
    }
    List<BytePairs.Pair> merges = MergeList.read(folder.resolve("merges.txt"));
    List<String> needed = new ArrayList<>(wordsOf(merges));
    needed.addAll(List.of(START, END));
    for (String token : needed) {
      if (!ids.containsKey(token)) {
        throw new CheckpointException(
            vocabulary.source() + " has no token '" + token + "', which merges.txt makes");
      }
    }
    return new ClipTokenizer(merges, ids, padding(folder, ids));
  }

  private static int padding(Path folder, Map<String, Integer> ids) {
    String said =
        JsonSettings.in(folder, "tokenizer_config.json")
            .flatMap(ClipTokenizer::paddingToken)
            .orElse(END);
    Integer id = ids.get(said);
    if (id == null) {
      throw new CheckpointException(
          folder.resolve("tokenizer_config.json")
              + ": pad_token '"
              + said
              + "' is no token of vocab.json");
    }
    return id;
  }

  /** A text, or an object around it. */
  private static Optional<String> paddingToken(JsonSettings config) {
    if (!config.has("pad_token")) {
      return Optional.empty();
    }
    return Optional.of(
        config.root().path("pad_token").isObject()
            ? config.inside("pad_token").text("content", null)
            : config.text("pad_token", null));
  }

  private static ClipTokenizer ofMerges(List<BytePairs.Pair> merges) {
    Map<String, Integer> ids = new HashMap<>();
    wordsOf(merges).forEach(token -> ids.put(token, ids.size()));
    ids.put(START, ids.size());
    ids.put(END, ids.size());
    return new ClipTokenizer(merges, ids, 0);
  }

  /** Bytes, bytes that end a word, and what each merge makes, in the vocabulary's order. */
  private static List<String> wordsOf(List<BytePairs.Pair> merges) {
    List<String> words = new ArrayList<>(ByteSymbols.all());
    ByteSymbols.all().forEach(symbol -> words.add(symbol + BytePairs.WORD_END));
    merges.forEach(pair -> words.add(pair.merged()));
    return words;
  }

  /** Number of tokens. */
  public int size() {
    return ids.size();
  }

  /** The id of the token that begins every prompt. */
  public int start() {
    return ids.get(START);
  }

  /** The id of the token that ends every prompt. */
  public int end() {
    return ids.get(END);
  }

  /** The id that fills a prompt up. */
  public int padding() {
    return padding;
  }

  /**
   * The ids of a text, without start, end or padding.
   *
   * @throws IllegalArgumentException if it has more than 10,000 characters
   */
  public int[] encode(String text) {
    if (text.length() > LONGEST) {
      throw new IllegalArgumentException(
          "prompt of %d characters, must have at most %d".formatted(text.length(), LONGEST));
    }
    List<Integer> found = new ArrayList<>();
    Matcher words = WORD.matcher(CleanText.of(text));
    while (words.find()) {
      String word = words.group();
      if (word.equals(START) || word.equals(END)) {
        found.add(ids.get(word));
      } else {
        pairs.tokens(ByteSymbols.of(word)).forEach(token -> found.add(ids.get(token)));
      }
    }
    return found.stream().mapToInt(Integer::intValue).toArray();
  }

  /**
   * What a text encoder is told: start, the text's ids, end, then padding; a longer text is cut so
   * that the end token comes last.
   *
   * @param length of the encoder's context, such as 77
   */
  public long[] ids(String text, int length) {
    return ids(text, length, padding);
  }

  /**
   * As {@link #ids(String, int)}, filled up by another id.
   *
   * @param padding the {@linkplain #end end} token in Stable Diffusion 1, 0 in openai/CLIP
   */
  public long[] ids(String text, int length, int padding) {
    if (length < 2) {
      throw new IllegalArgumentException(
          "context of " + length + " tokens, must hold start and end at least");
    }
    int[] words = encode(text);
    long[] all = new long[length];
    Arrays.fill(all, padding);
    int kept = Math.min(words.length, length - 2);
    all[0] = start();
    for (int i = 0; i < kept; i++) {
      all[1 + i] = words[i];
    }
    all[1 + kept] = end();
    return all;
  }

  /**
   * The text of ids, each word followed by a space.
   *
   * @throws IllegalArgumentException if there is no token of an id
   */
  public String decode(int... ids) {
    StringBuilder symbols = new StringBuilder();
    for (int id : ids) {
      String token = tokens.get(id);
      if (token == null) {
        throw new IllegalArgumentException(
            "token id " + id + " does not exist: 0.." + (tokens.size() - 1));
      }
      symbols.append(token);
    }
    return ByteSymbols.text(symbols.toString()).replace(BytePairs.WORD_END, " ");
  }
}
