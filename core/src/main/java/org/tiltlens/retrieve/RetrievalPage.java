package org.tiltlens.retrieve;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.tiltlens.corpus.ShortName;
import org.tiltlens.page.EmbeddedPng;
import org.tiltlens.page.PictureRow;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Reading;
import org.tiltlens.page.RunPage;
import org.tiltlens.tilting.Target;

/** The page of a retrieval: its images by name, with what the corpus says of the tilt. */
final class RetrievalPage {
  private static final String AT = "/results/0";

  private RetrievalPage() {}

  /**
   * Writes {@code index.html} into the folder of a retrieval, whole or not at all.
   *
   * @param folder where the pictures that the result names are
   */
  static void write(Path folder, RetrievalResult run) throws IOException {
    RetrievalResult.UnitResult unit = run.results().get(0);
    RetrievalSpec spec = run.spec();
    boolean drawn = spec.order() == RetrievalSpec.Order.DRAWN;
    String name = unit.feature() == null ? unit.unit() : "feature " + unit.feature();
    new RunPage(
            "Images of a corpus that drive " + name,
            (drawn
                    ? "Drawn with replacement by exp(β s), their weights in the tilt of the corpus:"
                        + " typical of it, the strongest are not preferred."
                    : "Those of the largest weights exp(β s) in the tilt of the corpus, strongest"
                        + " first.")
                + " Each is shown as the network sees it.",
            facts(run),
            List.of(
                new RunPage.Part(
                    "images",
                    drawn ? "Drawn" : "Strongest",
                    List.of(
                        new PictureRow(
                            unit.target() == null ? "Images" : "Aimed at",
                            aim(unit.target()),
                            lines(unit),
                            null,
                            pictures(folder, unit))))),
            Stream.ofNullable(unit.warning()).toList(),
            run.seed(),
            run.tiltlens())
        .write(folder);
  }

  private static List<RunPage.Fact> facts(RetrievalResult run) {
    RetrievalSpec spec = run.spec();
    List<RunPage.Fact> facts = new ArrayList<>();
    facts.add(new RunPage.Fact("Unit", spec.unit()));
    facts.add(new RunPage.Fact("Vision model", spec.vision()));
    if (spec.dictionary() != null) {
      facts.add(new RunPage.Fact("Dictionary", spec.dictionary()));
    }
    facts.add(
        new RunPage.Fact(
            "Corpus",
            "%s, %d images, %s"
                .formatted(spec.images(), run.results().get(0).n(), spec.framing())));
    return facts;
  }

  private static List<Reading> aim(Target target) {
    return target == null
        ? List.of()
        : PictureRow.known(
            Reading.of(Quantity.PERCENTILE, target.percentile(), AT + "/target/percentile"),
            Reading.of(Quantity.SCORE, target.activation(), AT + "/target/activation"));
  }

  private static List<PictureRow.Line> lines(RetrievalResult.UnitResult unit) {
    return PictureRow.lines(
        PictureRow.line("E[s]", Reading.of(Quantity.SCORE, unit.m(), AT + "/m")),
        PictureRow.line("tilt", Reading.of(Quantity.BETA, unit.beta(), AT + "/beta")),
        PictureRow.line("KL", Reading.of(Quantity.KL, unit.kl(), AT + "/kl")),
        PictureRow.line("log Z", Reading.of(Quantity.LOG_Z, unit.logZ(), AT + "/log_z")),
        PictureRow.line(
            "rests on", Reading.of(Quantity.EFFECTIVE_IMAGES, unit.ess(), AT + "/ess")));
  }

  private static List<PictureRow.Picture> pictures(Path folder, RetrievalResult.UnitResult unit)
      throws IOException {
    List<PictureRow.Picture> pictures = new ArrayList<>();
    for (int i = 0; i < unit.images().size(); i++) {
      RetrievalResult.ImageResult image = unit.images().get(i);
      String at = AT + "/images/" + i;
      pictures.add(
          new PictureRow.Picture(
              EmbeddedPng.read(folder.resolve(image.file())),
              null,
              image.name(),
              ShortName.of(image.name()) + (image.label() == null ? "" : ", " + image.label()),
              PictureRow.known(
                  Reading.of(Quantity.SCORE, image.score(), at + "/score"),
                  Reading.of(Quantity.PERCENTILE, image.percentile(), at + "/percentile"),
                  Reading.of(Quantity.WEIGHT, image.weight(), at + "/weight"))));
    }
    return pictures;
  }
}
