package org.tiltlens.compose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.tiltlens.page.EmbeddedPng;
import org.tiltlens.page.Numbers;
import org.tiltlens.page.Pages;
import org.tiltlens.page.PictureRow;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Reading;
import org.tiltlens.synthesis.Estimated;

/**
 * The page of a composition: every image with every unit's map over it, one file of HTML that asks
 * nothing of any network.
 *
 * @param run the composition
 * @param rows one per image: the image, then its map for each unit
 */
record CompositionPage(CompositionResult run, List<PictureRow> rows) {

  /** Writes {@code index.html}, whole or not at all. */
  static void write(Path folder, CompositionResult run) throws IOException {
    List<PictureRow> rows = new ArrayList<>();
    for (int i = 0; i < run.results().size(); i++) {
      rows.add(row(folder, run, i));
    }
    Pages.write(folder, "compose/composition.jte", new CompositionPage(run, rows));
  }

  private static PictureRow row(Path folder, CompositionResult run, int index) throws IOException {
    CompositionResult.Image image = run.results().get(index);
    String at = "/results/" + index;
    EmbeddedPng plain = EmbeddedPng.read(folder.resolve(image.file()));
    List<PictureRow.Picture> pictures = new ArrayList<>();
    pictures.add(new PictureRow.Picture(plain, null, "image " + index, null, List.of()));
    for (int k = 0; k < image.readings().size(); k++) {
      CompositionResult.UnitReading reading = image.readings().get(k);
      String unit = run.units().get(k).unit();
      String there = at + "/readings/" + k;
      pictures.add(
          new PictureRow.Picture(
              plain,
              EmbeddedPng.read(folder.resolve(reading.overlay())),
              "image %d with the activation map of %s, highest in row %d, column %d"
                  .formatted(index, unit, reading.peakRow(), reading.peakColumn()),
              // A long name may be broken before what it says of the place.
              unit.replace("@", "\u200b@"),
              List.of(
                  Reading.of(Quantity.SCORE, reading.score(), there + "/score"),
                  Reading.of(Quantity.PERCENTILE, reading.percentile(), there + "/percentile"))));
    }
    List<PictureRow.Line> lines = new ArrayList<>();
    lines.add(
        new PictureRow.Line(
            "bits/dim",
            List.of(Reading.of(Quantity.BITS_PER_DIM, image.bitsPerDim(), at + "/bits_per_dim"))));
    if (image.pathKl() != null) {
      lines.add(
          new PictureRow.Line(
              "path KL", List.of(Reading.of(Quantity.PATH_KL, image.pathKl(), at + "/path_kl"))));
    }
    return new PictureRow("Image " + index, List.of(), lines, pictures);
  }

  /** What its numbers measure. */
  Set<Quantity> quantities() {
    Set<Quantity> all = EnumSet.of(Quantity.SCORE, Quantity.PERCENTILE, Quantity.BITS_PER_DIM);
    if (run.pathKl() != null) {
      all.add(Quantity.PATH_KL);
    }
    return all;
  }

  /** An estimate with its error. */
  static String text(Estimated estimate) {
    return Numbers.text(estimate.value()) + " ± " + Numbers.text(estimate.standardError());
  }
}
