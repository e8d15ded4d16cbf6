package org.tiltlens.demo;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.attribution.Occlusion;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.measuring.HeatMethod;
import org.tiltlens.measuring.KeptBound;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.sampling.Walk;
import org.tiltlens.study.StudyModels;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Shows what a feature fires on in the corpus: top images, and its activation map over each. */
final class Exhibits {
  /** Images of a feature. */
  static final int SHOWN = 8;

  /** Side of the other maps in pixels; pages show them about as large. */
  private static final int MAP_SIDE = 96;

  private final Corpus corpus;
  private final RunFolder run;
  private final long seed;
  private final boolean brief;

  /**
   * @param brief without maps and bits per dimension
   */
  Exhibits(Corpus corpus, RunFolder run, long seed, boolean brief) {
    this.corpus = corpus;
    this.run = run;
    this.seed = seed;
    this.brief = brief;
  }

  /**
   * Writes the pictures of a feature and returns what they show, or what an earlier process found,
   * which asks for no models.
   *
   * @param steps of the prior, by which the task advances an image
   */
  DemoResult.FeatureExhibit of(
      FeatureStatistics feature, Models models, Batching batching, int steps, Progress.Task task)
      throws IOException {
    Path kept = run.state("exhibit-" + feature.feature() + ".json");
    if (Files.exists(kept)) {
      task.skip(brief ? 0 : (long) steps * Math.min(SHOWN, feature.top().size()));
      return Json.read(kept, null, DemoResult.FeatureExhibit.class);
    }
    DemoResult.FeatureExhibit exhibit =
        brief ? inBrief(feature, models.open()) : made(feature, models.open(), batching, task);
    WholeFile.writeText(kept, Json.write(exhibit));
    return exhibit;
  }

  /** Opens a feature's models. */
  @FunctionalInterface
  interface Models {
    StudyModels open() throws IOException;
  }

  private DemoResult.FeatureExhibit inBrief(FeatureStatistics feature, StudyModels models)
      throws IOException {
    List<DemoResult.ExhibitImage> images = new ArrayList<>();
    for (int place = 0; place < Math.min(SHOWN, feature.top().size()); place++) {
      try (Scope scope = Scope.open()) {
        FeatureStatistics.TopImage top = feature.top().get(place);
        String file = picture(feature, place, read(top.image(), models)) + ".png";
        images.add(
            new DemoResult.ExhibitImage(
                file, null, null, top.image(), label(top), top.score(), null));
      }
    }
    return exhibit(feature, images);
  }

  private static DemoResult.FeatureExhibit exhibit(
      FeatureStatistics feature, List<DemoResult.ExhibitImage> images) {
    return new DemoResult.FeatureExhibit(
        feature.feature(), feature.frequency(), feature.mean(), feature.max(), images);
  }

  private String label(FeatureStatistics.TopImage top) {
    return corpus.className(top.image()).orElse(null);
  }

  /** Writes it, and returns its name without an ending. */
  private String picture(FeatureStatistics feature, int place, Tensor image) throws IOException {
    String name = "feature-" + feature.feature() + "/corpus/" + place;
    WholeFile.writePng(run.file(name + ".png"), Images.toImage(image.select(0, 0)));
    return name;
  }

  private DemoResult.FeatureExhibit made(
      FeatureStatistics feature, StudyModels models, Batching batching, Progress.Task task) {
    int shown = Math.min(SHOWN, feature.top().size());
    List<Exhibit> exhibits =
        batching
            .map(shown, (first, count) -> exhibits(feature, first, count, models, task))
            .stream()
            .flatMap(List::stream)
            .toList();
    // The full colour of all maps is the largest value over the feature's top image.
    double highest = HeatMap.highest(exhibits.stream().limit(1).map(Exhibit::map));
    List<DemoResult.ExhibitImage> images =
        Batching.oneByOne(batching.lanes())
            .map(
                shown,
                (place, one) -> written(exhibits.get(place), highest, models.prior().imageShape()));
    return exhibit(feature, images);
  }

  private DemoResult.ExhibitImage written(Exhibit exhibit, double highest, long... shape) {
    try {
      HeatMap.writeOver(
          run.file(exhibit.image.overlay()), exhibit.map, highest, shape[2], shape[1]);
      return exhibit.image;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * An image of the corpus.
   *
   * @param map what is still to be written
   */
  private record Exhibit(DemoResult.ExhibitImage image, double[][] map) {}

  private List<Exhibit> exhibits(
      FeatureStatistics feature, int first, int count, StudyModels models, Progress.Task task) {
    try (Scope scope = Scope.open()) {
      List<Tensor> images =
          feature.top().subList(first, first + count).stream()
              .map(top -> read(top.image(), models))
              .toList();
      List<double[][]> maps = models.maps(Tensors.cat(images, 0));
      List<Exhibit> exhibits = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        exhibits.add(
            new Exhibit(image(feature, first + i, images.get(i), models, task), maps.get(i)));
      }
      return exhibits;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private DemoResult.ExhibitImage image(
      FeatureStatistics feature, int place, Tensor image, StudyModels models, Progress.Task task)
      throws IOException {
    FeatureStatistics.TopImage top = feature.top().get(place);
    String name = picture(feature, place, image);
    return new DemoResult.ExhibitImage(
        name + ".png",
        name + "-map.png",
        maps(models.score(), image, name),
        top.image(),
        label(top),
        top.score(),
        new KeptBound(models.prior(), seed, Walk.SAVE_EVERY)
            .of(
                image,
                top.image(),
                run.state("exhibit-" + feature.feature() + "-bound-" + place + ".json"),
                task));
  }

  /** Writes what else explains the score; each map has its own full colour. */
  private Map<String, String> maps(UnitScore score, Tensor image, String name) throws IOException {
    Occlusion usual = Occlusion.ofSide((int) image.size(3));
    Map<String, String> files = new LinkedHashMap<>();
    for (HeatMethod method : HeatMethod.values()) {
      if (method != HeatMethod.ACTIVATION) {
        double[][] map = Tensors.rows(method.of(Optional.empty(), usual).of(score, image));
        String file = name + "-" + method.key() + ".png";
        WholeFile.writePng(
            run.file(file), HeatMap.signed(map, HeatMap.largest(map), MAP_SIDE, MAP_SIDE));
        files.put(method.key(), file);
      }
    }
    return files;
  }

  /** (1, 3, H, W) on the models' device, in the innermost scope. */
  private Tensor read(int index, StudyModels models) {
    Tensor image =
        corpus
            .read(index)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "image " + index + " of the corpus is broken: " + corpus.skipped()));
    return models.device().place(image.unsqueeze(0));
  }
}
