package org.tiltlens.text;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * A visible character for each of the 256 bytes, so that byte-pair files are plain text (Radford et
 * al. 2019, GPT-2): printable Latin-1 stands for itself, the rest for U+0100 and on.
 */
final class ByteSymbols {
  /** In the order of the vocabulary. */
  private static final List<Character> ORDERED = ordered();

  private static final Map<Character, Byte> BYTES = new HashMap<>();
  private static final char[] SYMBOLS = new char[256];

  static {
    int others = 0;
    for (int i = 0; i < ORDERED.size(); i++) {
      char symbol = ORDERED.get(i);
      int value = symbol;
      if (symbol >= 256) {
        while (isPrintable(others)) {
          others++;
        }
        value = others++;
      }
      SYMBOLS[value] = symbol;
      BYTES.put(symbol, (byte) value);
    }
  }

  private ByteSymbols() {}

  private static boolean isPrintable(int value) {
    return (value >= '!' && value <= '~')
        || (value >= 0xA1 && value <= 0xAC)
        || (value >= 0xAE && value <= 0xFF);
  }

  private static List<Character> ordered() {
    List<Character> symbols = new ArrayList<>();
    for (int value = 0; value < 256; value++) {
      if (isPrintable(value)) {
        symbols.add((char) value);
      }
    }
    int others = 256 - symbols.size();
    for (int i = 0; i < others; i++) {
      symbols.add((char) (256 + i));
    }
    return List.copyOf(symbols);
  }

  /** All of them, in the order of the vocabulary. */
  static List<String> all() {
    return ORDERED.stream().map(String::valueOf).toList();
  }

  /** One symbol per byte of the text's UTF-8. */
  static String of(String text) {
    StringBuilder symbols = new StringBuilder();
    for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
      symbols.append(SYMBOLS[value & 0xFF]);
    }
    return symbols.toString();
  }

  /** The text of symbols, U+FFFD where they are no UTF-8; other characters are themselves. */
  static String text(String symbols) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (char symbol : symbols.toCharArray()) {
      Byte value = BYTES.get(symbol);
      if (value != null) {
        bytes.write(value);
      } else {
        bytes.writeBytes(String.valueOf(symbol).getBytes(StandardCharsets.UTF_8));
      }
    }
    return bytes.toString(StandardCharsets.UTF_8);
  }
}
