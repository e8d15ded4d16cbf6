package org.tiltlens.bert;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.JsonSettings;

/**
 * The tokens of a BERT and their ids: {@code vocab.txt}, one a line, or a {@code tokenizer.json} of
 * a WordPiece model.
 *
 * @param ids token -> id, from 0 without a gap
 * @param lowerCase whether its files say that text is made lower case
 */
record Vocabulary(Map<String, Integer> ids, boolean lowerCase) {
  static final String UNKNOWN = "[UNK]";
  static final String START = "[CLS]";
  static final String END = "[SEP]";
  static final String PADDING = "[PAD]";
  static final String MASK = "[MASK]";

  /** Those that stand for no text. */
  static final List<String> SPECIAL = List.of(UNKNOWN, END, PADDING, START, MASK);

  private static final int MOST = 1 << 20;
  private static final int LONGEST = 256;
  private static final String LIST = "vocab.txt";
  private static final String WHOLE = "tokenizer.json";

  /**
   * Reads it.
   *
   * @param folder or the file itself
   * @throws CheckpointException if there is none, or it is no vocabulary of BERT; one line
   */
  static Vocabulary read(Path folder) {
    boolean inside = Files.isDirectory(folder);
    Path list = inside ? folder.resolve(LIST) : folder;
    boolean lowerCase = inside ? lowerCase(folder) : true;
    if (inside && !Files.exists(list)) {
      return whole(folder, lowerCase);
    }
    if (!inside && folder.toString().endsWith(".json")) {
      return whole(folder.toAbsolutePath().getParent(), lowerCase);
    }
    String text =
        Checkpoints.settings(list)
            .orElseThrow(() -> new CheckpointException("'" + list + "' does not exist"));
    Map<String, Integer> ids = new HashMap<>();
    String[] lines = text.split("\n", -1);
    for (int i = 0; i < lines.length; i++) {
      String token =
          lines[i].endsWith("\r") ? lines[i].substring(0, lines[i].length() - 1) : lines[i];
      if (i == lines.length - 1 && token.isEmpty()) {
        break;
      }
      put(ids, token, i, list.toString());
    }
    return checked(ids, lowerCase, list.toString());
  }

  /** What the settings beside say; BERT's own is the uncased one. */
  private static boolean lowerCase(Path folder) {
    return JsonSettings.in(folder, "tokenizer_config.json")
        .map(config -> config.flag("do_lower_case", true))
        .orElse(true);
  }

  private static Vocabulary whole(Path folder, boolean lowerCase) {
    JsonSettings settings =
        JsonSettings.in(folder, WHOLE)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "folder '%s' has neither %s nor %s: expected BERT's vocabulary"
                            .formatted(folder, LIST, WHOLE)));
    JsonSettings model = settings.inside("model");
    model.word("type", "WordPiece", List.of("WordPiece"));
    model.word("continuing_subword_prefix", WordPiece.WITHIN, List.of(WordPiece.WITHIN));
    JsonSettings vocabulary = model.inside("vocab");
    Map<String, Integer> ids = new HashMap<>();
    vocabulary
        .root()
        .fieldNames()
        .forEachRemaining(
            token -> put(ids, token, vocabulary.integer(token, null, 0, MOST), settings.source()));
    boolean said = settings.inside("normalizer").flag("lowercase", lowerCase);
    return checked(ids, said, settings.source());
  }

  private static void put(Map<String, Integer> ids, String token, int id, String source) {
    if (token.isEmpty() || token.length() > LONGEST || id >= MOST) {
      throw new CheckpointException(
          "%s: token %d has %d characters, expected 1 to %d, and at most %d tokens"
              .formatted(source, id, token.length(), LONGEST, MOST));
    }
    if (ids.put(token, id) != null) {
      throw new CheckpointException("%s has the token '%s' twice".formatted(source, token));
    }
  }

  private static Vocabulary checked(Map<String, Integer> ids, boolean lowerCase, String source) {
    for (String token : SPECIAL) {
      if (!ids.containsKey(token)) {
        throw new CheckpointException(
            "%s has no token '%s': expected the vocabulary of a BERT".formatted(source, token));
      }
    }
    Optional<Integer> beyond = ids.values().stream().filter(id -> id >= ids.size()).findFirst();
    if (beyond.isPresent() || ids.values().stream().distinct().count() < ids.size()) {
      throw new CheckpointException(
          "%s: the ids of its %d tokens are not 0..%d, each once"
              .formatted(source, ids.size(), ids.size() - 1));
    }
    return new Vocabulary(Map.copyOf(ids), lowerCase);
  }
}
