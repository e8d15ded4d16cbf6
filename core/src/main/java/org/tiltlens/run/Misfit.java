package org.tiltlens.run;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.core.exc.InputCoercionException;
import com.fasterxml.jackson.databind.JsonMappingException;
import com.fasterxml.jackson.databind.JsonMappingException.Reference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.exc.InvalidTypeIdException;
import com.fasterxml.jackson.databind.exc.MismatchedInputException;
import com.fasterxml.jackson.databind.exc.PropertyBindingException;
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
  static String words(JsonMappingException failure, JsonNode root) {
    JsonNode value = root;
    for (Reference step : failure.getPath()) {
      value =
          step.getFieldName() == null
              ? value.path(step.getIndex())
              : value.path(step.getFieldName());
    }
    String field = field(failure);
    String expected = expected(failure, value);
    if (expected == null || value.isMissingNode()) {
      return failure.getOriginalMessage();
    }
    return "%s is %s, expected %s"
        .formatted(field.isEmpty() ? "it" : field, shortly(value.toString()), expected);
  }

  private static String expected(JsonMappingException failure, JsonNode value) {
    if (failure instanceof InvalidTypeIdException kind) {
      return kinds(kind.getBaseType().getRawClass());
    }
    if (failure.getCause() instanceof InputCoercionException range) {
      boolean small = range.getTargetType() == int.class;
      return "a whole number in "
          + (small ? Integer.MIN_VALUE : Long.MIN_VALUE)
          + ".."
          + (small ? Integer.MAX_VALUE : Long.MAX_VALUE);
    }
    Class<?> type =
        failure instanceof MismatchedInputException other ? other.getTargetType() : null;
    // Of 1e9 "expected a whole number" alone would be no help.
    boolean whole =
        value.isFloatingPointNumber() && value.doubleValue() == Math.rint(value.doubleValue());
    return whole && type != null && WHOLE.contains(type)
        ? "a whole number, written in digits"
        : expected(type);
  }

  /** Where a failure is, such as {@code units[1].feature}; empty for the whole. */
  private static String field(JsonMappingException failure) {
    StringBuilder field = new StringBuilder();
    for (Reference step : failure.getPath()) {
      if (step.getFieldName() == null) {
        field.append('[').append(step.getIndex()).append(']');
      } else {
        field.append(field.length() == 0 ? "" : ".").append(step.getFieldName());
      }
    }
    return field.toString().replaceAll("\\p{Cc}", "?");
  }

  /** A field that no record knows. */
  static UnknownFieldException unknown(PropertyBindingException failure) {
    Collection<Object> known = failure.getKnownPropertyIds();
    return new UnknownFieldException(
        shortly(field(failure)),
        failure.getPropertyName(),
        known == null ? List.of() : known.stream().map(String::valueOf).sorted().toList());
  }

  private static String shortly(String text) {
    return text.length() > LONGEST ? text.substring(0, LONGEST) + "..." : text;
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
