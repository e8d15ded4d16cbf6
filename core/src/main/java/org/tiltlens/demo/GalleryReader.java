package org.tiltlens.demo;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tiltlens.page.EmbeddedPng;
import org.tiltlens.page.PictureRow;
import org.tiltlens.page.Quantity;
import org.tiltlens.page.Reading;
import org.tiltlens.study.Caveats;
import org.tiltlens.study.GrownClass;
import org.tiltlens.study.StudyResult;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.tilting.Target;

/**
 * Reads the pictures of a demo and notes where in the {@code run.json} each number stands.
 *
 * @param folder the demo's folder
 * @param run its result
 */
record GalleryReader(Path folder, DemoResult run) {

  /**
   * The gallery.
   *
   * @throws IOException if a picture is missing or no PNG
   */
  Gallery read() throws IOException {
    List<Gallery.Exhibit> exhibits = new ArrayList<>();
    for (int i = 0; i < run.features().size(); i++) {
      exhibits.add(exhibit(run.features().get(i), "/features/" + i));
    }
    return new Gallery(
        run, unguided(), exhibits, run.spec().brief() ? null : TradeOff.of(run).orElse(null));
  }

  private PictureRow unguided() throws IOException {
    List<PictureRow.Picture> pictures = new ArrayList<>();
    for (int i = 0; i < run.unguided().images().size(); i++) {
      StudyResult.ImageResult image = run.unguided().images().get(i);
      // Its score is of whichever feature the run took to read the prior with, at a tilt of 0.
      pictures.add(
          sample(
              image,
              "Unguided sample %d".formatted(i + 1),
              bitsPerDim(image.bitsPerDim(), "/unguided/images/" + i)));
    }
    return new PictureRow(
        "Samples", List.of(), PictureRow.lines(PictureRow.line("mean", unguidedBits())), pictures);
  }

  private Gallery.Exhibit exhibit(DemoResult.FeatureExhibit exhibit, String at) throws IOException {
    List<PictureRow> rows = new ArrayList<>();
    rows.add(firesOn(exhibit, at));
    for (int i = 0; i < run.results().size(); i++) {
      if (Objects.equals(run.results().get(i).feature(), exhibit.feature())) {
        rows.add(samples(run.results().get(i), i));
      }
    }
    return new Gallery.Exhibit(exhibit.feature(), rows);
  }

  private PictureRow firesOn(DemoResult.FeatureExhibit exhibit, String at) throws IOException {
    List<PictureRow.Picture> pictures = new ArrayList<>();
    for (int i = 0; i < exhibit.images().size(); i++) {
      pictures.add(corpusImage(exhibit.images().get(i), at + "/images/" + i));
    }
    return new PictureRow(
        "Fires on",
        List.of(),
        PictureRow.lines(
            PictureRow.line(
                "active on",
                Reading.of(Quantity.FREQUENCY, exhibit.frequency(), at + "/frequency")),
            PictureRow.line(
                "mean", Reading.of(Quantity.SCORE, exhibit.meanScore(), at + "/mean_score")),
            PictureRow.line(
                "highest", Reading.of(Quantity.SCORE, exhibit.maxScore(), at + "/max_score"))),
        pictures);
  }

  private PictureRow.Picture corpusImage(DemoResult.ExhibitImage image, String at)
      throws IOException {
    String label = image.label() == null ? "without a label" : image.label();
    return new PictureRow.Picture(
        png(image.file()),
        image.overlay() == null ? null : png(image.overlay()),
        maps(image),
        "Image %d of the corpus, %s".formatted(image.index(), label),
        image.label(),
        PictureRow.known(
            Reading.of(Quantity.SCORE, image.score(), at + "/score"),
            bitsPerDim(image.bitsPerDim(), at)));
  }

  private PictureRow samples(StudyResult.UnitResult result, int row) throws IOException {
    String at = "/results/" + row;
    List<PictureRow.Picture> pictures = new ArrayList<>();
    for (int i = 0; i < result.images().size(); i++) {
      StudyResult.ImageResult image = result.images().get(i);
      String imageAt = at + "/images/" + i;
      pictures.add(
          sample(
              image,
              "Sample %d of feature %d".formatted(i + 1, result.feature()),
              Reading.of(Quantity.SCORE, image.score(), imageAt + "/score"),
              Reading.of(Quantity.PERCENTILE, image.percentile(), imageAt + "/percentile"),
              bitsPerDim(image.bitsPerDim(), imageAt)));
    }
    List<Reading> aim = result.target() == null ? List.of() : aim(result.target(), at + "/target");
    Reading bits = meanBits(result, at);
    List<PictureRow.Line> known =
        PictureRow.lines(
            PictureRow.line(
                run.spec().exact() ? "E[s]" : "reached",
                Reading.of(
                    Quantity.PERCENTILE, result.reachedPercentile(), at + "/reached_percentile"),
                Reading.of(Quantity.SCORE, result.meanScore(), at + "/mean_score"),
                error(result.estimates().meanScore(), at + "/estimates/mean_score")),
            PictureRow.line("shown", run.spec().exact() ? shown(result, at) : null),
            PictureRow.line("mean", bits, bits.over(unguidedBits(), Quantity.BITS_RATIO)),
            PictureRow.line(
                "path KL", Reading.of(Quantity.PATH_KL, result.pathKl(), at + "/path_kl")),
            PictureRow.line(
                "KL",
                Reading.of(Quantity.KL, result.kl(), at + "/kl"),
                error(result.estimates().kl(), at + "/estimates/kl")),
            PictureRow.line("rests on", effective(result, at)),
            PictureRow.line("tilt", Reading.of(Quantity.BETA, result.beta(), at + "/beta")));
    return new PictureRow(
        aim.isEmpty() ? "Samples" : "Aimed at",
        aim,
        Stream.concat(growth(row).stream(), known.stream()).toList(),
        note(result, row),
        pictures);
  }

  private String note(StudyResult.UnitResult result, int row) {
    String caveats = Caveats.text(result);
    return caveats == null && run.growth() != null && run.growth().get(row).isEmpty()
        ? "No class of the tilt is more frequent than the prior's by more than chance"
        : caveats;
  }

  private static Reading shown(StudyResult.UnitResult result, String at) {
    return Reading.of(
        Quantity.SCORE_SHOWN, result.meanScoreOfImages(), at + "/mean_score_of_images");
  }

  private static Reading error(Estimated estimate, String at) {
    return estimate == null
        ? null
        : Reading.of(Quantity.STANDARD_ERROR, estimate.standardError(), at + "/standard_error");
  }

  private static Reading effective(StudyResult.UnitResult result, String at) {
    return result.annealed() == null
        ? null
        : Reading.of(
            Quantity.EFFECTIVE_PATHS,
            result.annealed().effectivePaths(),
            at + "/annealed/pool_ess");
  }

  /** What a row shows more of than the prior, a line a class. */
  private List<PictureRow.Line> growth(int row) {
    if (run.growth() == null) {
      return List.of();
    }
    List<GrownClass> classes = run.growth().get(row);
    return IntStream.range(0, classes.size())
        .mapToObj(
            i -> {
              String at = "/growth/%d/%d".formatted(row, i);
              return PictureRow.line(
                  classes.get(i).name(),
                  Reading.of(Quantity.CLASS_SHARE, classes.get(i).share(), at + "/share"),
                  Reading.of(Quantity.CLASS_SHARE_OF_PRIOR, classes.get(i).prior(), at + "/prior"));
            })
        .toList();
  }

  private static List<Reading> aim(Target target, String at) {
    return PictureRow.known(
        Reading.of(Quantity.PERCENTILE, target.percentile(), at + "/percentile"),
        Reading.of(Quantity.SCORE, target.activation(), at + "/activation"));
  }

  private PictureRow.Picture sample(
      StudyResult.ImageResult image, String description, Reading... readings) throws IOException {
    return new PictureRow.Picture(
        png(image.file()), null, description, null, PictureRow.known(readings));
  }

  private Reading unguidedBits() {
    return meanBits(run.unguided(), "/unguided");
  }

  private static Reading meanBits(StudyResult.UnitResult result, String at) {
    return Reading.of(Quantity.BITS_PER_DIM, result.meanBitsPerDim(), at + "/mean_bits_per_dim");
  }

  private static Reading bitsPerDim(Double value, String at) {
    return Reading.of(Quantity.BITS_PER_DIM, value, at + "/bits_per_dim");
  }

  private List<PictureRow.MapLayer> maps(DemoResult.ExhibitImage image) throws IOException {
    List<PictureRow.MapLayer> layers = new ArrayList<>();
    for (Map.Entry<String, String> map : image.maps().entrySet()) {
      layers.add(new PictureRow.MapLayer(map.getKey(), png(map.getValue())));
    }
    return layers;
  }

  private EmbeddedPng png(String file) throws IOException {
    return EmbeddedPng.read(folder.resolve(file));
  }
}
