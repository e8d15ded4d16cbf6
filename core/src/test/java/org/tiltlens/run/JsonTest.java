package org.tiltlens.run;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.junit.jupiter.api.Test;

/** The order of keys, which Java's own is not from one start to the next. */
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
}
