package org.tiltlens.page;

import java.io.IOException;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The page of a run that shows pictures in rows: one file of HTML that holds them and asks nothing
 * of any network.
 *
 * @param heading what the page shows
 * @param lead how to read it
 * @param facts what was asked for
 * @param parts the pictures
 * @param notes what to know of them, each a sentence without its stop
 * @param seed of the run; null if it has none
 * @param tiltlens the release that made it
 */
public record RunPage(
    String heading,
    String lead,
    List<Fact> facts,
    List<Part> parts,
    List<String> notes,
    Long seed,
    String tiltlens) {
  public RunPage {
    facts = List.copyOf(facts);
    parts = List.copyOf(parts);
    notes = List.copyOf(notes);
  }

  /** A line of what was asked for. */
  public record Fact(String name, String text) {}

  /**
   * Rows of pictures under a title.
   *
   * @param id by which a link finds it
   */
  public record Part(String id, String title, List<PictureRow> rows) {}

  /** Writes {@code index.html}, whole or not at all. */
  public void write(Path folder) throws IOException {
    Pages.write(folder, "page/run.jte", this);
  }

  /** Whether maps lie over pictures. */
  boolean mapped() {
    return pictures().anyMatch(picture -> picture.overlay() != null);
  }

  Script script() {
    return Script.opacity();
  }

  private Stream<PictureRow> rows() {
    return parts.stream().flatMap(part -> part.rows().stream());
  }

  private Stream<PictureRow.Picture> pictures() {
    return rows().flatMap(row -> row.pictures().stream());
  }

  /** What its numbers measure. */
  Set<Quantity> quantities() {
    Set<Quantity> quantities = EnumSet.noneOf(Quantity.class);
    Stream.concat(
            rows()
                .flatMap(
                    row ->
                        Stream.concat(
                            row.aim().stream(),
                            row.lines().stream().flatMap(line -> line.readings().stream()))),
            pictures().flatMap(picture -> picture.readings().stream()))
        .forEach(reading -> quantities.add(reading.quantity()));
    return quantities;
  }
}
