package org.tiltlens.run;

import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Something in a spec that cannot be: says which of its fields to change, by the names that whoever
 * wrote the spec knows them by.
 *
 * <p>In a template {@code {particles}} is the field {@code particles}, and {@code %s} a value,
 * which is shown as it is whatever braces are in it.
 */
public class SpecException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;
  private static final Pattern FIELD = Pattern.compile("\\{(\\w+)}");

  private final String template;
  private final String[] values;

  /**
   * @param template what is wrong and how to mend it, in one line; a percent sign is {@code %%}
   * @param values those of its {@code %s}
   */
  public SpecException(String template, Object... values) {
    this.template = template;
    this.values = new String[values.length];
    for (int i = 0; i < values.length; i++) {
      this.values[i] = String.valueOf(values[i]);
    }
  }

  /** The message with fields as Java names them. */
  @Override
  public final String getMessage() {
    return message(field -> field);
  }

  /**
   * The message with other names.
   *
   * @param names of a field, such as {@code targetPercentile} -> {@code --target-percentile}
   */
  public final String message(UnaryOperator<String> names) {
    String named =
        FIELD
            .matcher(template)
            .replaceAll(
                // What a name holds is text, neither a group nor a value's place.
                field -> Matcher.quoteReplacement(names.apply(field.group(1)).replace("%", "%%")));
    return named.formatted((Object[]) values);
  }
}
