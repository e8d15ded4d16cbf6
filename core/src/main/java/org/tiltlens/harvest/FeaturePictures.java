package org.tiltlens.harvest;

import java.awt.Graphics2D;
import java.awt.RenderingHints;
import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.models.Named;
import org.tiltlens.models.VisionFile;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.SpecException;
import org.tiltlens.run.Version;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/** Shows what features fire on: their top images under their activation maps. */
public final class FeaturePictures implements AutoCloseable {
  /** Images of each feature on a page of many. */
  public static final int USUAL = 8;

  /** Maps are at least this wide, in pixels, to stay smooth over small pictures. */
  static final int MAP_SIDE = 256;

  private static final String COMMAND = "features";

  /** Top images that a device looks at at once, other than the processor. */
  private static final int TOGETHER = 16;

  private final Corpus corpus;
  private final VisionModel vision;
  private final HookPoint at;
  private final SparseDictionary dictionary;
  private final Device device;

  private FeaturePictures(
      Corpus corpus, VisionModel vision, HookPoint at, SparseDictionary dictionary, Device device) {
    this.corpus = corpus;
    this.vision = vision;
    this.at = at;
    this.dictionary = dictionary;
    this.device = device;
  }

  /**
   * Opens the images that a table was harvested from.
   *
   * @throws IllegalArgumentException if there are others at that place
   */
  public static Corpus corpus(HarvestSpec spec, HarvestInfo info) throws IOException {
    Corpus corpus = Corpus.open(Named.resolve(spec.images()), spec.framing());
    if (!corpus.fingerprint(Math.min(spec.limit(), corpus.size())).equals(info.corpus())) {
      corpus.close();
      throw new SpecException(
          "the images at '%s' are not those of the harvest: give {images}, where these are now",
          spec.images());
    }
    return corpus;
  }

  /**
   * Opens the models of a harvest.
   *
   * @param corpus its images; stay their owner's
   * @param device {@code cpu} or {@code cuda:N}
   * @throws IllegalArgumentException if the models do not fit each other
   */
  public static FeaturePictures open(HarvestSpec spec, Corpus corpus, String device)
      throws IOException {
    Device on = new Device(device).requireAvailable();
    SparseDictionary dictionary = SparseDictionary.open(Named.resolve(spec.dictionary()), on);
    try {
      HookPoint at = VisionFile.hook(spec.vision(), spec.hook(), Optional.of(dictionary));
      VisionModel vision = VisionFile.open(spec.vision(), spec.visionOptions(), at, on);
      return new FeaturePictures(corpus, vision, at, dictionary, on);
    } catch (RuntimeException e) {
      dictionary.close();
      throw e;
    }
  }

  /**
   * Writes {@code index.html}, its pictures and {@code run.json}, in place of those of an earlier
   * page of features.
   *
   * @param spec where images and models are
   * @param info what the features are of
   * @param most of each feature's top images that are shown, at least 1
   * @param device {@code cpu} or {@code cuda:N}
   * @throws IllegalArgumentException if the images or models are not those of the table, or the
   *     folder holds a run of another command
   */
  public static FeaturesResult write(
      HarvestSpec spec,
      HarvestInfo info,
      List<FeatureStatistics> features,
      int most,
      String device,
      Path folder,
      Progress progress)
      throws IOException {
    requireOwn(folder);
    try (Corpus corpus = corpus(spec, info);
        FeaturePictures pictures = open(spec, corpus, device);
        Progress.Task task =
            Cancellable.begin(
                progress, "showing features", features.size(), Counted.of("features"))) {
      List<FeaturesResult.Shown> shown = new ArrayList<>();
      for (FeatureStatistics feature : features) {
        shown.add(pictures.write(feature, most, folder));
        task.advance(1);
      }
      FeaturesResult result = new FeaturesResult(Version.NUMBER, COMMAND, info, shown);
      FeaturesPage.write(folder, result);
      WholeFile.writeText(folder.resolve(RunFolder.RUN_JSON), Json.write(result) + "\n");
      return result;
    }
  }

  private static void requireOwn(Path folder) throws IOException {
    Path found = folder.resolve(RunFolder.RUN_JSON);
    if (Files.exists(found) && !Json.read(found, "command", String.class).equals(COMMAND)) {
      throw new SpecException("'%s' holds a run of another command: give another {folder}", folder);
    }
  }

  /**
   * Reads other pictures by the same models, which stay open as long as this.
   *
   * @param spec of the harvest
   * @param info what its table says of itself
   * @throws IllegalArgumentException if the table holds other scores
   */
  public FeatureReader reader(HarvestSpec spec, HarvestInfo info) {
    FeatureScores scores =
        new FeatureScores(
            vision,
            at,
            dictionary,
            SpatialReduction.parse(spec.reduction()),
            new CentralCrop(spec.center()));
    if (!info.score().equals(scores.toString())) {
      throw new SpecException(FeatureScores.harvestDiffers(info.score(), scores.toString()));
    }
    return new FeatureReader(corpus, scores, device);
  }

  /**
   * Writes an image of a corpus as a network sees it.
   *
   * @return false if it is broken
   */
  public static boolean writeImage(Corpus corpus, int index, Path png) throws IOException {
    try (Scope scope = Scope.open()) {
      Optional<Tensor> image = corpus.read(index);
      if (image.isPresent()) {
        WholeFile.writePng(png, Images.toImage(image.get()));
      }
      return image.isPresent();
    }
  }

  /**
   * A top image.
   *
   * @param picture as the network sees it
   * @param before the feature's map before the dictionary's activation function
   * @param after the same after it; null unless it was asked for
   */
  private record Seen(
      FeatureStatistics.TopImage top, BufferedImage picture, double[][] before, double[][] after) {

    /** The map to lay over it, full colour at {@code highest}. */
    BufferedImage map(double highest) {
      int enlarged = Math.max(1, (MAP_SIDE + picture.getWidth() - 1) / picture.getWidth());
      return HeatMap.of(
          before, highest, enlarged * picture.getWidth(), enlarged * picture.getHeight());
    }
  }

  /**
   * A feature's first top images; broken ones are left out.
   *
   * @param after whether to tell what is left after the dictionary's activation function
   */
  private List<Seen> seen(FeatureStatistics feature, int most, boolean after) {
    List<FeatureStatistics.TopImage> top = feature.top().stream().limit(most).toList();
    return Batching.inTurn(
            top.size(),
            device.isCpu() ? 1 : TOGETHER,
            (first, count) -> seen(feature.feature(), top.subList(first, first + count), after))
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  private List<Seen> seen(int feature, List<FeatureStatistics.TopImage> top, boolean after) {
    try (Scope scope = Scope.open()) {
      List<FeatureStatistics.TopImage> there = new ArrayList<>();
      List<Tensor> images = new ArrayList<>();
      for (FeatureStatistics.TopImage each : top) {
        corpus
            .read(each.image())
            .ifPresent(
                image -> {
                  there.add(each);
                  images.add(image);
                });
      }
      if (there.isEmpty()) {
        return List.of();
      }
      Tensor activations = vision.activations(device.place(Tensors.stack(images)), at);
      Tensor before = dictionary.preActivation(activations, feature); // (n, h, w)
      return IntStream.range(0, there.size())
          .mapToObj(
              i ->
                  new Seen(
                      there.get(i),
                      Images.toImage(images.get(i)),
                      Tensors.rows(before.select(0, i)),
                      after ? after(activations.narrow(0, i, 1), feature) : null))
          .toList();
    }
  }

  private double[][] after(Tensor activations, int feature) {
    return Tensors.rows(dictionary.activation(activations, feature).squeeze(0));
  }

  /**
   * Writes a feature's top images and the maps to lay over them.
   *
   * @param most how many, at least 1
   * @return what was written; broken images are left out
   */
  public FeaturesResult.Shown write(FeatureStatistics feature, int most, Path folder)
      throws IOException {
    return shown(feature, seen(feature, most, false), folder);
  }

  /**
   * Writes all of a feature's top images, the maps to lay over them, and its activations there as
   * {@link ActivationMaps}.
   */
  public void writeWithActivations(FeatureStatistics feature, Path folder) throws IOException {
    List<Seen> seen = seen(feature, Integer.MAX_VALUE, true);
    shown(feature, seen, folder);
    // Last: where it is, all is.
    new ActivationMaps(
            seen.stream()
                .map(one -> new ActivationMaps.OfImage(one.top.image(), one.after))
                .toList())
        .write(folder, feature.feature());
  }

  /** Of full colour is the largest value on the first image. */
  private static double highest(List<Seen> top) {
    return top.isEmpty() ? 0 : HeatMap.largest(top.get(0).before);
  }

  private FeaturesResult.Shown shown(FeatureStatistics feature, List<Seen> top, Path folder)
      throws IOException {
    Files.createDirectories(folder.resolve("feature-" + feature.feature()));
    List<FeaturesResult.Image> images = new ArrayList<>();
    for (Seen seen : top) {
      images.add(written(feature.feature(), seen, highest(top), folder));
    }
    return new FeaturesResult.Shown(
        feature.feature(),
        feature.frequency(),
        feature.mean(),
        feature.percentilesByName().get("p99"),
        feature.max(),
        images);
  }

  private FeaturesResult.Image written(int feature, Seen seen, double highest, Path folder)
      throws IOException {
    int index = seen.top.image();
    String file = "feature-%d/%d.png".formatted(feature, index);
    String overlay = "feature-%d/%d-map.png".formatted(feature, index);
    WholeFile.writePng(folder.resolve(file), seen.picture);
    WholeFile.writePng(folder.resolve(overlay), seen.map(highest));
    return new FeaturesResult.Image(
        file,
        overlay,
        index,
        corpus.name(index),
        corpus.className(index).orElse(null),
        seen.top.score());
  }

  /**
   * Writes a feature's first top images side by side in one picture, under their maps.
   *
   * @param most how many, at least 1
   * @param side of each, in pixels
   */
  public void writeStrip(FeatureStatistics feature, int most, int side, Path png)
      throws IOException {
    List<Seen> shown = seen(feature, most, false);
    BufferedImage strip =
        new BufferedImage(Math.max(1, shown.size()) * side, side, BufferedImage.TYPE_INT_RGB);
    Graphics2D onto = strip.createGraphics();
    for (int i = 0; i < shown.size(); i++) {
      boolean small = shown.get(i).picture.getWidth() < side;
      onto.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION,
          small
              ? RenderingHints.VALUE_INTERPOLATION_NEAREST_NEIGHBOR
              : RenderingHints.VALUE_INTERPOLATION_BILINEAR);
      onto.drawImage(shown.get(i).picture, i * side, 0, side, side, null);
      onto.setRenderingHint(
          RenderingHints.KEY_INTERPOLATION, RenderingHints.VALUE_INTERPOLATION_BILINEAR);
      onto.drawImage(shown.get(i).map(highest(shown)), i * side, 0, side, side, null);
    }
    onto.dispose();
    WholeFile.writePng(png, strip);
  }

  @Override
  public void close() {
    try (dictionary) {
      vision.close();
    }
  }
}
