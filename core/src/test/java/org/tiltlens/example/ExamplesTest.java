package org.tiltlens.example;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.tiltlens.Rooms;

/** What documents and rooms show is what the tests beside this one run. */
class ExamplesTest {
  private static final Path PROJECT = Path.of("..");

  /** Java that nobody compiles: no name says which test runs it. */
  private static final Pattern UNNAMED = Pattern.compile("<pre>\\{@code|(?<! -->\\n)```java\\n");

  @TestFactory
  Stream<DynamicTest> isShownAsItRuns() throws IOException {
    Examples examples = Examples.in(PROJECT);
    return examples.places().stream()
        .map(
            place ->
                DynamicTest.dynamicTest(
                    PROJECT.relativize(place).toString(),
                    () -> {
                      String now = Files.readString(place);
                      assertThat(now)
                          .as("run scripts/tool org.tiltlens.example.Examples")
                          .isEqualTo(examples.written(place));
                      assertThat(now).doesNotContainPattern(UNNAMED);
                    }));
  }

  @Test
  void eachIsShown() throws IOException {
    Examples examples = Examples.in(PROJECT);
    List<String> shown = new ArrayList<>();
    for (Path place : examples.places()) {
      shown.addAll(examples.shownIn(place));
    }
    assertThat(examples.code().keySet()).isSubsetOf(shown).isNotEmpty();
  }

  @TestFactory
  Stream<DynamicTest> everyRoomForUsersHasOne() throws IOException {
    Examples examples = Examples.in(PROJECT);
    return Rooms.allowed().keySet().stream()
        .filter(room -> !Rooms.INNER.contains(room))
        .map(
            room ->
                DynamicTest.dynamicTest(
                    room,
                    () ->
                        assertThat(examples.shownIn(Rooms.description(PROJECT, room)))
                            .isNotEmpty()));
  }

  @Test
  void firstIsShort() throws IOException {
    assertThat(Examples.in(PROJECT).code().get("first").lines()).hasSizeLessThanOrEqualTo(10);
  }
}
