package org.tiltlens.text;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

class CleanTextTest {
  /** By Python's html.unescape and ftfy 6.3.1, as the file's README says. */
  @TestFactory
  Stream<DynamicTest> cleansAsThePythonLibrariesDo() throws IOException {
    JsonNode texts =
        new ObjectMapper().readTree(Path.of("src/test/resources/text/cleaned.json").toFile());
    return StreamSupport.stream(texts.spliterator(), false)
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.get("text").toString(),
                    () ->
                        assertThat(CleanText.of(each.get("text").textValue()))
                            .isEqualTo(each.get("clean").textValue())));
  }

  @Test
  void halvesOfPairsAreReplaced() {
    assertThat(CleanText.of("a\ud83d b\udca9 \ud83d\udca9")).isEqualTo("a\ufffd b\ufffd 💩");
  }

  /** The one repair that is not made; ftfy would write "só". */
  @Test
  void textOfAWrongCharacterSetStays() {
    assertThat(CleanText.of("sÃ³")).isEqualTo("sã³");
  }
}
