package org.tiltlens.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The order of keys, which Java's own is not from one start to the next; values of other kinds. */
class JsonTest {
  private record Measured(int width, int height) {
    @JsonProperty
    int perimeter() {
      return 2 * (width + height);
    }

    @JsonProperty
    int area() {
      return width * height;
    }
  }

  @Test
  void whatIsComputedComesLastAndByName() {
    assertThat(Json.line(new Measured(2, 3)))
        .isEqualTo("{\"width\":2,\"height\":3,\"area\":6,\"perimeter\":10}");
  }

  private enum Colour {
    red,
    green
  }

  private record Named(String name) {}

  private record Asked(
      Integer feature, double level, boolean loud, List<Named> parts, Map<String, Integer> counts) {
    Asked {
      parts = parts == null ? List.of() : List.copyOf(parts);
      counts = counts == null ? Map.of() : Map.copyOf(counts);
    }
  }

  private record Coloured(Colour colour) {}

  @Test
  void valueOfAnotherKindIsRefusedByItsField() {
    Map<String, String> said = new LinkedHashMap<>();
    said.put("{\"feature\": \"117\"}", "feature is \"117\", expected a whole number");
    said.put("{\"feature\": 117.5}", "feature is 117.5, expected a whole number");
    said.put("{\"feature\": true}", "feature is true, expected a whole number");
    said.put("{\"feature\": \"\"}", "feature is \"\", expected a whole number");
    said.put("{\"level\": \"9\"}", "level is \"9\", expected a number");
    said.put("{\"level\": [1]}", "level is [1], expected a number");
    said.put("{\"loud\": \"true\"}", "loud is \"true\", expected true or false");
    said.put("{\"loud\": 1}", "loud is 1, expected true or false");
    said.put("{\"parts\": 7}", "parts is 7, expected a list");
    said.put("{\"parts\": [{\"name\": [7]}]}", "parts[0].name is [7], expected a text");
    said.put("{\"counts\": {\"a\": \"7\"}}", "counts.a is \"7\", expected a whole number");
    said.put("[1]", "it is [1], expected an object");
    said.forEach(
        (json, words) ->
            assertThatThrownBy(() -> Json.parse(json, Asked.class))
                .as(json)
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessage("the JSON cannot be read: " + words));
    assertThatThrownBy(() -> Json.parse("{\"colour\": \"blue\"}", Coloured.class))
        .hasMessage("the JSON cannot be read: colour is \"blue\", expected one of [red, green]");
    // What we write of no number is read again.
    assertThat(Json.parse("{\"level\": \"NaN\"}", Asked.class).level()).isNaN();
    assertThat(Json.parse("{\"feature\": 117, \"level\": 9}", Asked.class).level()).isEqualTo(9);
  }

  @Test
  void whoAsksWritesTextsAndChoicesAsTexts() {
    assertThatThrownBy(() -> Json.parseExactly("{\"colour\": 0}", Coloured.class))
        .hasMessage("the JSON cannot be read: colour is 0, expected one of [red, green]");
    assertThatThrownBy(() -> Json.parseExactly("{\"name\": 7}", Named.class))
        .hasMessage("the JSON cannot be read: name is 7, expected a text");
    assertThatThrownBy(() -> Json.parseExactly("{\"name\": true}", Named.class))
        .hasMessage("the JSON cannot be read: name is true, expected a text");
    assertThat(Json.parse("{\"name\": 7}", Named.class).name()).isEqualTo("7");
  }

  /** Of a file, another release may have fields of its own; of a request it is a slip. */
  @Test
  void unknownFieldIsRefusedWhereAllAreKnown() {
    String json = "{\"feature\": 1, \"parts\": [{\"nam\": \"a\"}]}";
    assertThat(Json.parse(json, Asked.class).parts()).containsExactly(new Named(null));
    assertThatThrownBy(() -> Json.parseExactly(json, Asked.class))
        .isInstanceOf(UnknownFieldException.class)
        .hasMessage("unknown field 'parts[0].nam', expected name");
    assertThatThrownBy(() -> Json.parseExactly("{\"fea\\nture\": 1}", Asked.class))
        .hasMessage("unknown field 'fea?ture', expected counts, feature, level, loud, parts");
    // What a record computes of itself is none of its fields.
    assertThatThrownBy(() -> Json.parseExactly("{\"width\": 1, \"area\": 1}", Measured.class))
        .hasMessage("unknown field 'area', expected height, width");
    assertThat(Json.parseExactly("{\"feature\": 1}", Asked.class).feature()).isEqualTo(1);
  }

  @Test
  void nothingIsNoObject() {
    assertThatThrownBy(() -> Json.parse("", Asked.class))
        .hasMessage("the JSON is empty, expected an object");
    assertThatThrownBy(() -> Json.parse("null", Asked.class))
        .hasMessage("the JSON is null, expected an object");
  }

  @Test
  void wholeNumbersAreWrittenInDigits() {
    assertThatThrownBy(() -> Json.parse("{\"feature\": 1e9}", Asked.class))
        .hasMessageContaining("feature is 1.0E9, expected a whole number, written in digits");
    assertThatThrownBy(() -> Json.parse("{\"feature\": 99999999999}", Asked.class))
        .hasMessageContaining("feature is 99999999999, expected a whole number in -2147483648..");
  }

  @Test
  void whatIsNoFileIsNotWaitedFor() {
    assertThatThrownBy(() -> Json.read(Path.of("/dev/zero"), null, Asked.class))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("'/dev/zero' is a folder, pipe or device");
  }
}
