package org.tiltlens.run;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

/** A value of another kind than its field has, in words: where it stands, what is there instead. */
final class Misfit {
  private static final int LONGEST = 60;

  private static final Set<Class<?>> WHOLE =
      Set.of(int.class, long.class, Integer.class, Long.class);

  private static final Set<Class<?>> NUMBERS =
      Set.of(double.class, float.class, Double.class, Float.class);

  private Misfit() {}

  /**
   * One line.
   *
   * @param failure of a record to take a value
   * @param root of what was read
   */
  static String words(MismatchedInputException failure, JsonNode root) {
    StringBuilder field = new StringBuilder();
    JsonNode value = root;
    for (Reference step : failure.getPath()) {
      if (step.getFieldName() == null) {
        field.append('[').append(step.getIndex()).append(']');
        value = value.path(step.getIndex());
      } else {
        field.append(field.length() == 0 ? "" : ".").append(step.getFieldName());
        value = value.path(step.getFieldName());
      }
    }
    String expected =
        failure instanceof InvalidTypeIdException kind
            ? kinds(kind.getBaseType().getRawClass())
            : expected(failure.getTargetType());
    if (expected == null || value.isMissingNode()) {
      return failure.getOriginalMessage();
    }
    String text = value.toString();
    return "%s is %s, expected %s"
        .formatted(
            field.length() == 0 ? "it" : field,
            text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text,
            expected);
  }

  /** Those of which a value is one; null if they have no names. */
  private static String kinds(Class<?> base) {
    JsonSubTypes kinds = base.getAnnotation(JsonSubTypes.class);
    List<String> names =
        kinds == null
            ? List.of()
            : Stream.of(kinds.value())
                .map(JsonSubTypes.Type::name)
                .filter(name -> !name.isEmpty())
                .toList();
    return names.isEmpty() ? null : "{\"kind\": ...} of " + String.join(", ", names);
  }

  private static String unquoted(String text) {
    return text.replace("\"", "");
  }

  /** What a field of a type takes; null if there are no short words for it. */
  private static String expected(Class<?> type) {
    if (type == null) {
      return null;
    }
    if (WHOLE.contains(type)) {
      return "a whole number";
    }
    if (NUMBERS.contains(type)) {
      return "a number";
    }
    if (type == boolean.class || type == Boolean.class) {
      return "true or false";
    }
    if (type == String.class) {
      return "a text";
    }
    if (type.isEnum()) {
      return "one of "
          + Stream.of(type.getEnumConstants()).map(Json::line).map(Misfit::unquoted).toList();
    }
    if (Collection.class.isAssignableFrom(type) || type.isArray()) {
      return "a list";
    }
    return type.isRecord() || Map.class.isAssignableFrom(type) ? "an object" : null;
  }
}
