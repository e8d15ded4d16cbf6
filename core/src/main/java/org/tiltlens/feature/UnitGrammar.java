package org.tiltlens.feature;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** What the text of a unit says; {@link Unit} lists the forms. */
final class UnitGrammar {
  private static final String NUMBER = "(\\d{1,9})";

  private enum Form {
    FEATURE("feature:" + NUMBER + "(@pre)?", "feature:J, feature:J@pre"),
    CHANNEL("channel:" + NUMBER, "channel:C"),
    NEURON("neuron:" + NUMBER + "@" + NUMBER + "," + NUMBER, "neuron:C@ROW,COLUMN"),
    DIRECTION("direction:(.+)#([^#]+)", "direction:FILE.safetensors#NAME"),
    LOGIT("logit:" + NUMBER, "logit:C"),
    CLS("cls:" + NUMBER, "cls:C"),
    STORAGE("storage:" + NUMBER + "@" + NUMBER, "storage:C@TOKEN");

    private final Pattern pattern;
    private final String written;

    Form(String pattern, String written) {
      this.pattern = Pattern.compile(pattern);
      this.written = written;
    }
  }

  /** A neuron has a position of its own, and tokens have none. */
  private static final Pattern PLACED =
      Pattern.compile("((?:feature|channel|direction):.+)@" + NUMBER + "," + NUMBER);

  private final String text;
  private final Matcher place;
  private final Form form;
  private final Matcher parts;

  /**
   * Reads the text.
   *
   * @throws IllegalArgumentException if it has none of the forms
   */
  UnitGrammar(String text) {
    this.text = text;
    place = PLACED.matcher(text);
    String unplaced = place.matches() ? place.group(1) : text;
    form =
        Arrays.stream(Form.values())
            .filter(candidate -> candidate.pattern.matcher(unplaced).matches())
            .findFirst()
            .orElseThrow(() -> notUnderstood(text));
    parts = form.pattern.matcher(unplaced);
    parts.matches();
  }

  private static IllegalArgumentException notUnderstood(String text) {
    return new IllegalArgumentException(
        "unit '"
            + text
            + "' is not understood: expected one of "
            + Arrays.stream(Form.values())
                .map(form -> form.written)
                .collect(Collectors.joining(", "))
            + "; @ROW,COLUMN after a feature, channel or direction for it at one position");
  }

  /** The unit itself, with all that it needs. */
  Unit unit(Optional<SparseDictionary> dictionary) {
    Unit everywhere = everywhere(dictionary);
    return place.matches()
        ? new Unit.Placed(
            everywhere, Integer.parseInt(place.group(2)), Integer.parseInt(place.group(3)))
        : everywhere;
  }

  private Unit everywhere(Optional<SparseDictionary> dictionary) {
    return switch (form) {
      case FEATURE ->
          new Unit.DictionaryFeature(
              dictionary.orElseThrow(this::needsDictionary), number(1), parts.group(2) != null);
      case CHANNEL -> new Unit.Channel(number(1));
      case NEURON -> new Unit.Neuron(number(1), number(2), number(3));
      case DIRECTION -> Direction.read(parts.group(1), parts.group(2));
      case LOGIT -> new Unit.Logit(number(1));
      case CLS -> new Unit.ClassToken(number(1));
      case STORAGE -> new Unit.StorageToken(number(1), number(2));
    };
  }

  private IllegalArgumentException needsDictionary() {
    return new IllegalArgumentException(
        "unit '" + text + "' needs a sparse dictionary: give `dictionary`, a folder");
  }

  /** The file the unit is read from. */
  Optional<String> file() {
    return form == Form.DIRECTION ? Optional.of(parts.group(1)) : Optional.empty();
  }

  private int number(int group) {
    return Integer.parseInt(parts.group(group));
  }
}
