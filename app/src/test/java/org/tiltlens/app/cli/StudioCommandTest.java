package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the studio writes without serving anything. */
class StudioCommandTest {
  @TempDir private static Path folder;

  @BeforeAll
  static void write() throws Exception {
    TinyBundle.write(folder.resolve("bundle"));
  }

  private static Outcome run(String... more) {
    List<String> words =
        new ArrayList<>(
            List.of(
                "studio",
                "--bundle",
                folder.resolve("bundle").toString(),
                "--folder",
                folder.resolve("studio").toString()));
    words.addAll(List.of(more));
    return Outcome.of(words);
  }

  @Test
  void exportsTheFeaturesOfAList() {
    Path out = folder.resolve("export");
    assertThat(run("--export", out.toString(), "--features", "1,3-4").assertDone().out())
        .contains(out.resolve("index.html") + ": 3 features");
    assertThat(out.resolve("feature-4/index.html")).exists();
    assertThat(out.resolve("feature-2")).doesNotExist();
    assertThat(out.resolve("saedashboard/batch-0.json")).exists();
  }

  @Test
  void saysWhatIsNoListAndWhereItHasNoMeaning() {
    run("--export", folder.resolve("no").toString(), "--features", "4-1")
        .assertRefused("'4-1', expected indices and ranges below");
    run("--features", "4").assertRefused("--features has a meaning only with --export");
    run("--export", folder.resolve("bundle").toString(), "--features", "4")
        .assertRefused("give another --export, or remove it");
  }
}
