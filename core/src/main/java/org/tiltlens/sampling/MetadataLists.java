package org.tiltlens.sampling;

import java.util.List;
import java.util.function.Function;
import java.util.stream.Collectors;

/** Lists of numbers as the text of a file's metadata; doubles come back bit for bit. */
final class MetadataLists {
  private MetadataLists() {}

  static String join(List<?> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(","));
  }

  static <T> List<T> split(String text, Function<String, T> parser) {
    return text.isEmpty() ? List.of() : List.of(text.split(",")).stream().map(parser).toList();
  }
}
