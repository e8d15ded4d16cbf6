package org.tiltlens.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tiltlens.run.Json;

/** Reads, writes and hands out notes on features. */
final class NotesApi {
  private static final int AT_ONCE = 256;

  private final Catalogue catalogue;

  NotesApi(Catalogue catalogue) {
    this.catalogue = catalogue;
  }

  List<Route> routes() {
    return List.of(
        Route.get(
            Api.ROOT + "/features/{feature}/note",
            ask -> tagged(200, catalogue.notes().of(catalogue.require(ask.number("feature"))))),
        Route.putJson(Api.ROOT + "/features/{feature}/note", this::write),
        Route.get(Api.ROOT + "/notes.json", ask -> file("notes.json", "application/json", json())),
        Route.get(Api.ROOT + "/notes.csv", ask -> file("notes.csv", "text/csv", csv())));
  }

  private static Answer tagged(int status, Note note) {
    return Answer.json(status, note)
        .with("ETag", "\"" + note.version() + '"')
        .with("Cache-Control", "private, no-cache");
  }

  private Answer write(Ask ask) throws IOException {
    int feature = catalogue.require(ask.number("feature"));
    Optional<Note> written = catalogue.notes().write(feature, ask.json(NoteRequest.class));
    if (written.isPresent()) {
      return tagged(200, written.get());
    }
    return Answer.json(
        409,
        new NoteConflict(
            409,
            "the note on feature "
                + feature
                + " was changed meanwhile: write over its version, or leave it",
            catalogue.notes().of(feature)));
  }

  private static Answer file(String name, String type, Answer.Body body) {
    return new Answer(
        200,
        Map.of(
            "Content-Type", type, "Content-Disposition", "attachment; filename=\"" + name + "\""),
        body);
  }

  /** One object, whose {@code notes} come as they are read. */
  private Answer.Body json() {
    return out -> {
      write(out, "{\"bundle\": " + Json.write(catalogue.bundle().manifest().name()));
      write(out, ", \"notes\": [");
      String between = "";
      for (List<Note> some = catalogue.notes().next(-1, AT_ONCE);
          !some.isEmpty();
          some = after(some)) {
        for (Note note : some) {
          write(out, between + "\n" + Json.write(note));
          between = ",";
        }
      }
      write(out, "\n]}\n");
    };
  }

  /** As RFC 4180 has it. */
  private Answer.Body csv() {
    return out -> {
      write(out, "feature,label,note,version,changed\r\n");
      for (List<Note> some = catalogue.notes().next(-1, AT_ONCE);
          !some.isEmpty();
          some = after(some)) {
        for (Note note : some) {
          write(
              out,
              Stream.of(note.feature(), note.label(), note.note(), note.version(), note.changed())
                      .map(NotesApi::cell)
                      .collect(Collectors.joining(","))
                  + "\r\n");
        }
      }
    };
  }

  private List<Note> after(List<Note> some) throws IOException {
    return catalogue.notes().next(some.get(some.size() - 1).feature(), AT_ONCE);
  }

  private static String cell(Object value) {
    String text = value.toString();
    return text.matches("(?s).*[\",\r\n].*") ? '"' + text.replace("\"", "\"\"") + '"' : text;
  }

  private static void write(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.UTF_8));
  }
}
