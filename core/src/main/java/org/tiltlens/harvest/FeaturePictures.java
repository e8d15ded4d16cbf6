package org.tiltlens.harvest;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.models.Named;
import org.tiltlens.models.VisionFile;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.SpecException;
import org.tiltlens.run.Version;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/** Shows what features fire on: their top images under their activation maps, on one page. */
public final class FeaturePictures {
  /** Images of each feature on a page of many. */
  public static final int USUAL = 8;

  /** Maps are at least this wide, in pixels, to stay smooth over small pictures. */
  private static final int MAP_SIDE = 256;

  private static final String COMMAND = "features";

  private final Corpus corpus;
  private final VisionModel vision;
  private final HookPoint at;
  private final SparseDictionary dictionary;
  private final Device device;
  private final Path folder;

  private FeaturePictures(
      Corpus corpus,
      VisionModel vision,
      HookPoint at,
      SparseDictionary dictionary,
      Device device,
      Path folder) {
    this.corpus = corpus;
    this.vision = vision;
    this.at = at;
    this.dictionary = dictionary;
    this.device = device;
    this.folder = folder;
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
    Device on = new Device(device).requireAvailable();
    try (Corpus corpus = corpus(spec, info);
        SparseDictionary dictionary = SparseDictionary.open(Named.resolve(spec.dictionary()), on)) {
      HookPoint at = VisionFile.hook(spec.vision(), spec.hook(), Optional.of(dictionary));
      try (VisionModel vision = VisionFile.open(spec.vision(), spec.visionOptions(), at, on);
          Progress.Task task = Cancellable.begin(progress, "showing features", features.size())) {
        FeaturePictures pictures = new FeaturePictures(corpus, vision, at, dictionary, on, folder);
        List<FeaturesResult.Shown> shown = new ArrayList<>();
        for (FeatureStatistics feature : features) {
          shown.add(pictures.of(feature, most));
          task.advance(1);
        }
        FeaturesResult result = new FeaturesResult(Version.NUMBER, COMMAND, info, shown);
        FeaturesPage.write(folder, result);
        WholeFile.writeText(folder.resolve(RunFolder.RUN_JSON), Json.write(result) + "\n");
        return result;
      }
    }
  }

  private static void requireOwn(Path folder) throws IOException {
    Path found = folder.resolve(RunFolder.RUN_JSON);
    if (Files.exists(found) && !Json.read(found, "command", String.class).equals(COMMAND)) {
      throw new SpecException("'%s' holds a run of another command: give another {folder}", folder);
    }
  }

  private FeaturesResult.Shown of(FeatureStatistics feature, int most) throws IOException {
    List<FeaturesResult.Image> images = new ArrayList<>();
    double highest = 0;
    for (FeatureStatistics.TopImage top : feature.top().stream().limit(most).toList()) {
      try (Scope scope = Scope.open()) {
        Optional<Tensor> read = corpus.read(top.image());
        if (read.isEmpty()) {
          continue;
        }
        Tensor image = device.place(read.get().unsqueeze(0));
        Tensor activations = vision.activations(image, at);
        double[][] map =
            Tensors.rows(dictionary.preActivation(activations, feature.feature()).squeeze(0));
        highest = images.isEmpty() ? HeatMap.largest(map) : highest;
        images.add(written(feature.feature(), top, image, map, highest));
      }
    }
    return new FeaturesResult.Shown(
        feature.feature(),
        feature.frequency(),
        feature.mean(),
        feature.percentilesByName().get("p99"),
        feature.max(),
        images);
  }

  private FeaturesResult.Image written(
      int feature, FeatureStatistics.TopImage top, Tensor image, double[][] map, double highest)
      throws IOException {
    String file = "feature-%d/%d.png".formatted(feature, top.image());
    String overlay = "feature-%d/%d-map.png".formatted(feature, top.image());
    Files.createDirectories(folder.resolve(file).getParent());
    BufferedImage picture = Images.toImage(image.select(0, 0));
    WholeFile.writePng(folder.resolve(file), picture);
    int enlarged = Math.max(1, (MAP_SIDE + picture.getWidth() - 1) / picture.getWidth());
    WholeFile.writePng(
        folder.resolve(overlay),
        HeatMap.of(map, highest, enlarged * picture.getWidth(), enlarged * picture.getHeight()));
    return new FeaturesResult.Image(
        file,
        overlay,
        top.image(),
        corpus.name(top.image()),
        corpus.className(top.image()).orElse(null),
        top.score());
  }
}
