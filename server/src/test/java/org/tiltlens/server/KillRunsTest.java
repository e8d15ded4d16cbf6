package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A studio that is killed loses no job, and no bit of any. */
@Tag("slow")
class KillRunsTest {
  @TempDir private Path folder;

  @Test
  void killedJobsFindWhatUndisturbedOnesDo() throws Exception {
    KillRuns runs = new KillRuns(Path.of(StudioFixture.bundle().root()), folder, 5);
    assertThat(runs.differences(2)).isEmpty();
    assertThat(runs.compared()).isGreaterThanOrEqualTo(KillRuns.JOBS.size());
  }
}
