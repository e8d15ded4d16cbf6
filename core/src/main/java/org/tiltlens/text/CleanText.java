package org.tiltlens.text;

import java.nio.charset.Charset;
import java.text.Normalizer;
import java.util.Locale;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jsoup.parser.Parser;

/**
 * Text as CLIP's tokenizer cleans it: repaired, HTML's character references resolved, white space
 * single, lower case ({@code basic_clean}, {@code whitespace_clean} of openai/CLIP, with {@code
 * fix_text} of ftfy 6.3.1).
 *
 * <p>Of ftfy's repairs all but one are made: text that was decoded by a wrong character set ("sÃ³"
 * for "só") stays as it is.
 */
final class CleanText {
  private static final Pattern ENTITY = Pattern.compile("&#?[0-9A-Za-z]{1,24};");
  private static final Pattern C1 = Pattern.compile("[\\x80-\\x9f]");
  private static final Pattern WIDE = Pattern.compile("[\\u3000\\uff01-\\uffef]");
  private static final Pattern LIGATURE =
      Pattern.compile("[\\u0132\\u0133\\u0149\\u01c4-\\u01cc\\u01f1-\\u01f3\\ufb00-\\ufb06]");
  private static final Pattern SINGLE_QUOTE = Pattern.compile("[\\u02bc\\u2018-\\u201b]");
  private static final Pattern DOUBLE_QUOTE = Pattern.compile("[\\u201c-\\u201f]");
  private static final Pattern LINE_BREAK = Pattern.compile("\\r\\n|[\\r\\u2028\\u2029\\x85]");
  private static final Pattern LONE_SURROGATE = Pattern.compile("[\\ud800-\\udfff]");
  private static final Pattern TERMINAL = Pattern.compile("\\x1b\\[[\\d;]*[a-zA-Z]");
  private static final Pattern CONTROL =
      Pattern.compile("[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f\\u206a-\\u206f\\ufeff\\ufff9-\\ufffc]");

  /** Python's {@code str.isspace}. */
  private static final Pattern SPACE = Pattern.compile("[\\t-\\r\\x1c-\\x1f\\x85\\p{Z}]+");

  private static final Charset WINDOWS = Charset.forName("windows-1252");

  /** Where the compatibility form is not what ftfy writes. */
  private static final Map<String, String> OTHER_LIGATURES =
      Map.of("\uFB05", "\u017Ft", "\u0149", "\u02BCn");

  private CleanText() {}

  /** Cleans a text. */
  static String of(String text) {
    return SPACE
        .matcher(characters(characters(repaired(text))))
        .replaceAll(" ")
        .strip()
        .toLowerCase(Locale.ROOT);
  }

  /** Line by line, as a line with a tag in it ends the resolving of references. */
  private static String repaired(String text) {
    StringBuilder repaired = new StringBuilder();
    boolean unescapes = true;
    int from = 0;
    while (from < text.length()) {
      int end = text.indexOf('\n', from);
      String line = text.substring(from, end < 0 ? text.length() : end + 1);
      unescapes &= line.indexOf('<') < 0;
      repaired.append(repairedLine(line, unescapes));
      from += line.length();
    }
    return repaired.toString();
  }

  private static String repairedLine(String line, boolean unescapes) {
    String before;
    String text = line;
    do {
      before = text;
      if (unescapes) {
        text = each(ENTITY, text, CleanText::unescaped);
      }
      text = each(C1, text, CleanText::fromWindows);
      text = each(LIGATURE, text, CleanText::separate);
      text = each(WIDE, text, CleanText::compatible);
      text = DOUBLE_QUOTE.matcher(text).replaceAll("\"");
      text = SINGLE_QUOTE.matcher(text).replaceAll("'");
      text = LINE_BREAK.matcher(text).replaceAll("\n");
      text = LONE_SURROGATE.matcher(text).replaceAll("\ufffd");
      text = TERMINAL.matcher(text).replaceAll("");
      text = CONTROL.matcher(text).replaceAll("");
      text = Normalizer.normalize(text, Normalizer.Form.NFC);
    } while (!text.equals(before));
    return text;
  }

  private static String each(Pattern pattern, String text, UnaryOperator<String> change) {
    return pattern
        .matcher(text)
        .replaceAll(found -> Matcher.quoteReplacement(change.apply(found.group())));
  }

  /** HTML's references as what they stand for; none stands for the character 0. */
  private static String characters(String text) {
    return Parser.unescapeEntities(text, false).replace('\0', '\ufffd');
  }

  /** A reference's character; its capital where the name is in capitals, as &amp;EACUTE;. */
  private static String unescaped(String reference) {
    String found = characters(reference);
    if (found.indexOf(';') < 0) {
      return found;
    }
    String lower = reference.toLowerCase(Locale.ROOT);
    String small = characters(lower);
    boolean capitals = reference.equals(lower.toUpperCase(Locale.ROOT));
    return capitals && small.indexOf(';') < 0 ? small.toUpperCase(Locale.ROOT) : reference;
  }

  /** A control character as Windows-1252 means it, where that means anything. */
  private static String fromWindows(String control) {
    String meant = new String(new byte[] {(byte) control.charAt(0)}, WINDOWS);
    return meant.equals("\ufffd") ? control : meant;
  }

  private static String separate(String ligature) {
    String other = OTHER_LIGATURES.get(ligature);
    return other == null ? compatible(ligature) : other;
  }

  private static String compatible(String character) {
    return Normalizer.normalize(character, Normalizer.Form.NFKC);
  }
}
