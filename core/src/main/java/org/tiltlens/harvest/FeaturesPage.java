package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tiltlens.corpus.ShortName;
import org.tiltlens.page.EmbeddedPng;
import org.tiltlens.page.PictureRow;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Reading;
import org.tiltlens.page.RunPage;

/** The page of some features of a dictionary. */
final class FeaturesPage {
  private FeaturesPage() {}

  static void write(Path folder, FeaturesResult run) throws IOException {
    List<RunPage.Part> parts = new ArrayList<>();
    for (int i = 0; i < run.features().size(); i++) {
      FeaturesResult.Shown feature = run.features().get(i);
      parts.add(
          new RunPage.Part(
              "feature-" + feature.feature(),
              "Feature " + feature.feature(),
              List.of(row(folder, feature, "/features/" + i))));
    }
    HarvestInfo harvest = run.harvest();
    List<RunPage.Fact> facts = new ArrayList<>();
    facts.add(new RunPage.Fact("Scores", harvest.score()));
    facts.add(new RunPage.Fact("Corpus", harvest.images() + " images, " + harvest.framing()));
    facts.add(
        new RunPage.Fact(
            "Features", run.features().size() + " of " + harvest.features() + " are shown"));
    new RunPage(
            "What features fire on",
            "The images of a corpus on which each feature of a dictionary scores highest, as the"
                + " network sees them. Over each lies the feature's activation map: the stronger"
                + " the colour the higher, full at the largest value on the first image, with a"
                + " line where it is half of that.",
            facts,
            parts,
            List.of(),
            null,
            run.tiltlens())
        .write(folder);
  }

  private static PictureRow row(Path folder, FeaturesResult.Shown feature, String at)
      throws IOException {
    List<PictureRow.Picture> pictures = new ArrayList<>();
    for (int i = 0; i < feature.images().size(); i++) {
      FeaturesResult.Image image = feature.images().get(i);
      pictures.add(
          new PictureRow.Picture(
              EmbeddedPng.read(folder.resolve(image.file())),
              EmbeddedPng.read(folder.resolve(image.map())),
              image.name(),
              label(image),
              PictureRow.known(
                  Reading.of(Quantity.SCORE, image.score(), at + "/images/" + i + "/score"))));
    }
    return new PictureRow(
        "Fires on",
        List.of(),
        PictureRow.lines(
            PictureRow.line(
                "active on",
                Reading.of(Quantity.FREQUENCY, feature.frequency(), at + "/frequency")),
            PictureRow.line("mean", Reading.of(Quantity.SCORE, feature.mean(), at + "/mean")),
            PictureRow.line("99 %", Reading.of(Quantity.SCORE, feature.p99(), at + "/p99")),
            PictureRow.line("highest", Reading.of(Quantity.SCORE, feature.max(), at + "/max"))),
        pictures);
  }

  /** The file's name, and its class where that does not tell it. */
  private static String label(FeaturesResult.Image image) {
    String file = ShortName.of(image.name());
    return image.label() == null ? file : file + ", " + image.label();
  }
}
