package org.tiltlens.compare;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Settings records changed by name: {@code rate -> 0.1}, {@code optimiser.beta1 -> 0.5}, {@code
 * transforms.degrees -> -5,0,5}.
 *
 * <p>Names are the record's, in snake_case; a point leads into a record within.
 */
final class RecordSettings {
  private RecordSettings() {}

  /**
   * The record with some values replaced.
   *
   * @param of what the settings belong to, for messages
   * @throws IllegalArgumentException if a name is unknown, or a value is none of its kind or is
   *     refused by the record
   */
  static <R extends Record> R with(R settings, Map<String, String> changes, String of) {
    return with(settings, changes, of, List.of());
  }

  /**
   * The same of settings of which some are no part of the record.
   *
   * @param beside their names
   */
  static <R extends Record> R with(
      R settings, Map<String, String> changes, String of, List<String> beside) {
    Map<String, String> left = new TreeMap<>(changes);
    left.keySet().removeAll(beside);
    R changed = changed(settings, "", left, of);
    if (!left.isEmpty()) {
      Set<String> known = new TreeSet<>(names(settings, ""));
      known.addAll(beside);
      throw new IllegalArgumentException(
          "unknown setting '"
              + of
              + "."
              + left.keySet().iterator().next()
              + "': use one of "
              + String.join(", ", known));
    }
    return changed;
  }

  /** Takes what it uses out of {@code left}. */
  private static <R extends Record> R changed(
      R settings, String path, Map<String, String> left, String of) {
    RecordComponent[] components = settings.getClass().getRecordComponents();
    Object[] values = new Object[components.length];
    for (int i = 0; i < components.length; i++) {
      String name = path + snake(components[i].getName());
      Object old = value(settings, components[i]);
      String text = left.remove(name);
      if (text != null) {
        values[i] = parsed(text, old, of + "." + name);
      } else {
        values[i] = old instanceof Record within ? changed(within, name + ".", left, of) : old;
      }
    }
    return made(settings, components, values);
  }

  private static List<String> names(Record settings, String path) {
    List<String> names = new ArrayList<>();
    for (RecordComponent component : settings.getClass().getRecordComponents()) {
      String name = path + snake(component.getName());
      if (value(settings, component) instanceof Record within) {
        names.addAll(names(within, name + "."));
      } else {
        names.add(name);
      }
    }
    return names;
  }

  private static Object parsed(String text, Object old, String name) {
    try {
      if (old instanceof Integer) {
        return Integer.valueOf(text);
      } else if (old instanceof Double) {
        return Double.valueOf(text);
      } else if (old instanceof Boolean && (text.equals("true") || text.equals("false"))) {
        return Boolean.valueOf(text);
      } else if (old instanceof String) {
        return text;
      } else if (old instanceof List) {
        return Arrays.stream(text.split(",")).map(Double::valueOf).toList();
      }
    } catch (NumberFormatException e) {
      // Said below.
    }
    throw new IllegalArgumentException(
        "setting '" + name + "' is '" + text + "', expected something like " + old);
  }

  private static Object value(Record settings, RecordComponent component) {
    try {
      return component.getAccessor().invoke(settings);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  @SuppressWarnings("unchecked")
  private static <R extends Record> R made(R like, RecordComponent[] components, Object... values) {
    Class<?>[] types =
        Arrays.stream(components).map(RecordComponent::getType).toArray(Class<?>[]::new);
    try {
      return (R) like.getClass().getDeclaredConstructor(types).newInstance(values);
    } catch (InvocationTargetException e) {
      if (e.getCause() instanceof IllegalArgumentException refused) {
        throw refused;
      }
      throw new IllegalStateException(e);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String snake(String name) {
    return name.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }
}
