package org.tiltlens.bert;

import java.text.Normalizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Text as BERT's {@code BasicTokenizer} splits it, before words become pieces: control characters
 * left out, Chinese characters apart, lower case without accents, punctuation apart.
 *
 * <p>Devlin et al. 2019; {@code BasicTokenizer} of google-research/bert and of transformers.
 *
 * @param lowerCase whether letters become small and lose their accents
 */
record BasicWords(boolean lowerCase) {
  /** Python's {@code str.isspace}. */
  private static final Pattern SPACE = Pattern.compile("[\\t-\\r\\x1c-\\x1f\\x85\\p{Z}]+");

  private static final Pattern ACCENT = Pattern.compile("\\p{Mn}");

  /** What is no letter, digit or space of ASCII counts, too. */
  private static final Pattern PUNCTUATION = Pattern.compile("[!-/:-@\\[-`{-~]|\\p{P}");

  /** First and last of each block of ideographs that are words of their own. */
  private static final int[][] IDEOGRAPHS = {
    {0x4E00, 0x9FFF},
    {0x3400, 0x4DBF},
    {0x20000, 0x2A6DF},
    {0x2A700, 0x2B73F},
    {0x2B740, 0x2B81F},
    {0x2B820, 0x2CEAF},
    {0xF900, 0xFAFF},
    {0x2F800, 0x2FA1F}
  };

  /** The words of a text. */
  List<String> of(String text) {
    String apart = Normalizer.normalize(cleaned(text), Normalizer.Form.NFC);
    List<String> words = new ArrayList<>();
    for (String token : SPACE.split(apart)) {
      String plain = lowerCase ? withoutAccents(token.toLowerCase(Locale.ROOT)) : token;
      addParts(plain, words);
    }
    return words;
  }

  private static String cleaned(String text) {
    StringBuilder cleaned = new StringBuilder();
    text.codePoints()
        .forEach(
            point -> {
              if (isIdeograph(point)) {
                cleaned.append(' ').appendCodePoint(point).append(' ');
              } else if (isSpace(point)) {
                cleaned.append(' ');
              } else if (!isLeftOut(point)) {
                cleaned.appendCodePoint(point);
              }
            });
    return cleaned.toString();
  }

  private static boolean isSpace(int point) {
    return point == '\t'
        || point == '\n'
        || point == '\r'
        || Character.getType(point) == Character.SPACE_SEPARATOR;
  }

  private static boolean isLeftOut(int point) {
    int type = Character.getType(point);
    return point == 0xFFFD
        || type == Character.CONTROL
        || type == Character.FORMAT
        || type == Character.SURROGATE
        || type == Character.PRIVATE_USE
        || type == Character.UNASSIGNED;
  }

  private static boolean isIdeograph(int point) {
    for (int[] block : IDEOGRAPHS) {
      if (point >= block[0] && point <= block[1]) {
        return true;
      }
    }
    return false;
  }

  private static String withoutAccents(String token) {
    return ACCENT.matcher(Normalizer.normalize(token, Normalizer.Form.NFD)).replaceAll("");
  }

  /** What stands between marks, and each mark by itself. */
  private static void addParts(String token, List<String> words) {
    Matcher marks = PUNCTUATION.matcher(token);
    int from = 0;
    while (marks.find()) {
      addWord(token.substring(from, marks.start()), words);
      words.add(marks.group());
      from = marks.end();
    }
    addWord(token.substring(from), words);
  }

  private static void addWord(String word, List<String> words) {
    if (!word.isEmpty()) {
      words.add(word);
    }
  }
}
