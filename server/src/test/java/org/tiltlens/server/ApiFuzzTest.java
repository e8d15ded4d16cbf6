package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whatever is wrong with a request, it is refused in words. */
class ApiFuzzTest {
  private static final int REQUESTS = 1500;

  @TempDir private Path folder;

  @Test
  void brokenRequestsAreRefused() throws Exception {
    try (StudioFixture studio = StudioFixture.start(folder)) {
      ApiFuzz fuzz = new ApiFuzz(studio.port(), studio.json("/api/v1/openapi.json"), 7);
      fuzz.send(REQUESTS);
      assertThat(fuzz.faults()).isEmpty();
      // All ways in were tried, and what is good among them was answered.
      assertThat(fuzz.statuses()).containsKeys(200, 400, 404, 405, 415);
      assertThat(studio.get("/").statusCode()).isEqualTo(200);
    }
  }
}
