package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.run.SpecException;

/** Notes on features: two who write, a crash, and what is handed out. */
class NotesTest {
  private static final String ROOT = "/api/v1";

  @TempDir private Path folder;
  private StudioFixture studio;

  @BeforeEach
  void start() throws IOException {
    studio = StudioFixture.start(folder);
  }

  @AfterEach
  void stop() throws IOException {
    studio.close();
  }

  private HttpResponse<String> write(int feature, String label, String note, long version)
      throws IOException {
    return studio.put(
        ROOT + "/features/" + feature + "/note",
        """
        {"label": "%s", "note": "%s", "version": %d}\
        """
            .formatted(label, note, version));
  }

  private void assertRefused(String body, String words) throws IOException {
    HttpResponse<String> answer = studio.put(ROOT + "/features/3/note", body);
    assertStatus(answer, 400);
    assertThat(StudioFixture.json(answer).get("error").asText())
        .contains(words)
        .doesNotContain("org.tiltlens");
  }

  private static void assertStatus(HttpResponse<String> answer, int status) {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
  }

  @Test
  void whatIsWrittenIsReadAgainByTheNextStudio() throws IOException {
    assertThat(studio.json(ROOT + "/features/3/note").get("version").asInt()).isZero();
    assertStatus(write(3, "stripes", "thin,\\nmostly \\\"dark\\\" ö", 0), 200);
    stop();
    start();
    JsonNode note = studio.json(ROOT + "/features/3/note");
    assertThat(note.get("label").asText()).isEqualTo("stripes");
    assertThat(note.get("note").asText()).isEqualTo("thin,\nmostly \"dark\" ö");
    assertThat(note.get("version").asInt()).isEqualTo(1);
    assertThat(studio.get("/features/3").body())
        .contains("value=\"stripes\"")
        .contains("thin,\nmostly \"dark\" ö</textarea>")
        .contains("data-version=\"1\"");
  }

  @Test
  void whoWritesOverWhatTheyHaveNotSeenIsToldIt() throws IOException {
    assertStatus(write(5, "mine", "", 0), 200);
    HttpResponse<String> late = write(5, "yours", "", 0);
    assertStatus(late, 409);
    assertThat(StudioFixture.json(late).at("/current/label").asText()).isEqualTo("mine");
    assertThat(studio.json(ROOT + "/features/5/note").get("label").asText()).isEqualTo("mine");
    assertStatus(write(5, "yours", "", 1), 200);
    assertStatus(write(5, "", "", 2), 200);
    assertStatus(write(5, "again, over the one before", "", 0), 409);
  }

  @Test
  void ofManyWhoWriteAtOnceOneIsHeard() throws Exception {
    ExecutorService crowd = Executors.newFixedThreadPool(8);
    try {
      List<Callable<Integer>> writers = new ArrayList<>();
      for (int i = 0; i < 16; i++) {
        String label = "writer " + i;
        writers.add(() -> write(7, label, "", 0).statusCode());
      }
      int heard = 0;
      for (Future<Integer> writer : crowd.invokeAll(writers)) {
        assertThat(writer.get()).isIn(200, 409);
        heard += writer.get() == 200 ? 1 : 0;
      }
      assertThat(heard).isEqualTo(1);
    } finally {
      crowd.shutdown();
    }
  }

  @Test
  void tagIsOfTheVersion() throws IOException {
    write(2, "a", "", 0);
    String tag = studio.get(ROOT + "/features/2/note").headers().firstValue("ETag").orElseThrow();
    assertThat(studio.get(ROOT + "/features/2/note", "If-None-Match", tag).statusCode())
        .isEqualTo(304);
    write(2, "b", "", 1);
    assertThat(studio.get(ROOT + "/features/2/note", "If-None-Match", tag).statusCode())
        .isEqualTo(200);
  }

  @Test
  void wordsOfNotesAreSearched() throws IOException {
    write(4, "Checks", "", 0);
    write(6, "", "some hecK of a thing", 0);
    write(8, "gone", "heck", 0);
    write(8, "", "", 1);
    assertThat(found("search=hECk&sort=index")).containsExactly(4, 6);
    assertThat(found("noted=true&sort=index")).containsExactly(4, 6);
    assertThat(found("noted=true&search=6")).containsExactly(6);
    assertThat(studio.json(ROOT + "/features?search=4").at("/features/0/label").asText())
        .isEqualTo("Checks");
    assertThat(studio.get("/?search=heck").body()).contains("<span class=\"label\">Checks</span>");
    assertThat(studio.get(ROOT + "/features?noted=maybe").statusCode()).isEqualTo(400);
  }

  private List<Integer> found(String query) throws IOException {
    List<Integer> found = new ArrayList<>();
    studio
        .json(ROOT + "/features?" + query)
        .get("features")
        .forEach(row -> found.add(row.get("feature").asInt()));
    return found;
  }

  @Test
  void allAreHandedOut() throws IOException {
    write(9, "a \\\"b\\\"", "one,\\ntwo", 0);
    write(1, "plain", "", 0);
    write(0, "gone", "", 0);
    write(0, "", "", 1);
    JsonNode notes = studio.json(ROOT + "/notes.json").get("notes");
    assertThat(notes).hasSize(2);
    assertThat(notes.get(1).get("note").asText()).isEqualTo("one,\ntwo");
    HttpResponse<String> csv = studio.get(ROOT + "/notes.csv");
    assertThat(csv.headers().firstValue("Content-Disposition"))
        .contains("attachment; filename=\"notes.csv\"");
    assertThat(csv.body().replaceAll("20\\d\\d-[^,\r]*", "T"))
        .isEqualTo(
            "feature,label,note,version,changed\r\n"
                + "1,plain,,1,T\r\n"
                + "9,\"a \"\"b\"\"\",\"one,\ntwo\",1,T\r\n");
  }

  @Test
  void whatIsNoNoteIsRefused() throws IOException {
    assertStatus(write(3, "x".repeat(101), "", 0), 400);
    assertStatus(write(3, "", "x".repeat(4001), 0), 400);
    assertStatus(write(3, "two\\nlines", "", 0), 400);
    assertStatus(write(3, "bell\\u0007", "", 0), 400);
    assertStatus(write(3, "half \\ud800", "", 0), 400);
    assertRefused("{\"label\": \"no version\"}", "version is null, expected that of the note");
    assertRefused("{\"version\": -1}", "version is -1, expected that of the note");
    assertRefused(
        "{\"txt\": \"lost\", \"version\": 0}",
        "unknown field 'txt', expected label, note, version");
    assertRefused("{\"not\": \"lost\", \"version\": 0}", "did you mean 'note'?");
    assertRefused("", "the JSON is empty, expected an object");
    assertStatus(write(99_999, "", "", 0), 404);
    assertStatus(studio.post(ROOT + "/features/3/note", "{}"), 405);
    assertThat(studio.json(ROOT + "/notes.json").get("notes")).isEmpty();
  }

  @Test
  void secondStudioOfTheFolderIsRefused() throws IOException {
    assertThatThrownBy(() -> StudioFixture.start(folder))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("is in use by another studio (process " + own())
        .hasMessageContaining("give another folder");
    stop();
    start();
  }

  @Test
  void whatIsNoFileIsNeitherWrittenToNorWaitedFor() throws Exception {
    stop();
    Path victim = Files.writeString(folder.resolve("victim"), "precious");
    Path lock = folder.resolve("studio.lock");
    Files.delete(lock);
    Files.createSymbolicLink(lock, victim);
    assertThatThrownBy(() -> StudioFixture.start(folder))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("is no file of a studio's");
    assertThat(victim).hasContent("precious");
    Files.delete(lock);
    // A pipe of which nobody reads the other end, and a device without an end.
    assertThat(new ProcessBuilder("mkfifo", lock.toString()).start().waitFor()).isZero();
    assertThatThrownBy(() -> StudioFixture.start(folder))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("studio.lock' is no file of a studio's, but a link, folder, pipe");
    Files.delete(lock);
    Path notes = folder.resolve("notes.duckdb");
    Path kept = Files.move(notes, folder.resolve("kept.duckdb"));
    Files.createSymbolicLink(notes, Path.of("/dev/zero"));
    assertThatThrownBy(() -> StudioFixture.start(folder))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining("notes.duckdb' are no file, but a folder, pipe or device");
    Files.delete(notes);
    Files.move(kept, notes);
    start();
  }

  private static long own() {
    return ProcessHandle.current().pid();
  }

  @Test
  void damagedNotesAreNamed() throws IOException {
    stop();
    Path file = folder.resolve("notes.duckdb");
    byte[] kept = Files.readAllBytes(file);
    Files.writeString(file, "no database");
    assertThatThrownBy(() -> StudioFixture.start(folder))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(file.toString())
        .hasMessageContaining("move the file away")
        .message()
        .doesNotContain("\n");
    Files.write(file, kept);
    start();
  }

  @Test
  void killedWriterLosesNothingThatWasWritten(@TempDir Path other) throws Exception {
    Path file = other.resolve("notes.duckdb");
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Writer.class.getName(),
                file.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    int written = -1;
    try (BufferedReader told =
        new BufferedReader(
            new InputStreamReader(writer.getInputStream(), StandardCharsets.UTF_8))) {
      while (written < 40) {
        written = Integer.parseInt(told.readLine());
      }
    } finally {
      writer.destroyForcibly().waitFor();
    }
    try (NoteStore store = NoteStore.open(file, "d")) {
      for (int i = 0; i <= written; i++) {
        assertThat(store.of(i).label()).isEqualTo("label " + i);
      }
    }
  }

  /** Writes until it is killed, and says what it has written. */
  static final class Writer {
    private Writer() {}

    public static void main(String[] args) throws IOException {
      NoteStore store = NoteStore.open(Path.of(args[0]), "d");
      for (int i = 0; ; i++) {
        Note written = store.write(i, new NoteRequest("label " + i, "", 0L)).orElseThrow();
        System.out.println(written.feature());
      }
    }
  }
}
