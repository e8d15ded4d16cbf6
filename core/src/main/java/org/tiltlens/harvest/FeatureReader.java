package org.tiltlens.harvest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.ImageLimits;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.run.Json;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Reads all features of a dictionary in single pictures, and where these fire.
 *
 * <p>A picture is read into a folder, which keeps it as the network saw it, its activations and its
 * {@link SeenPicture}: later questions are answered without the network.
 */
public final class FeatureReader {
  /** The picture as the network sees it, in a picture's folder. */
  public static final String PICTURE = "picture.png";

  private static final String SEEN = "seen.json";
  private static final String FILE = "activations.safetensors";
  private static final String ACTIVATIONS = "activations";

  private final Corpus corpus;
  private final FeatureScores scores;
  private final Device device;

  /**
   * @param corpus whose framing all pictures get
   */
  FeatureReader(Corpus corpus, FeatureScores scores, Device device) {
    this.corpus = corpus;
    this.scores = scores;
    this.device = device;
  }

  /** What was found in a picture that was read into a folder; null if none was. */
  public static SeenPicture found(Path folder) throws IOException {
    Path seen = folder.resolve(SEEN);
    return Files.exists(seen) ? Json.read(seen, null, SeenPicture.class) : null;
  }

  /**
   * Reads a picture from the bytes of its file.
   *
   * @param folder where what is found goes, created if need be
   * @throws IllegalArgumentException if it is no image, damaged or beyond the limits, or makes the
   *     activations NaN or infinite
   */
  public SeenPicture read(InputStream file, ImageLimits limits, Path folder) throws IOException {
    try (Scope scope = Scope.open()) {
      return read(corpus.framing().read(file, limits), folder);
    }
  }

  /**
   * Reads an image of the corpus.
   *
   * @throws IllegalArgumentException if there is none, or it is broken
   */
  public SeenPicture read(int image, Path folder) throws IOException {
    try (Scope scope = Scope.open()) {
      return read(
          corpus
              .read(image)
              .orElseThrow(() -> new IllegalArgumentException("image " + image + " is broken")),
          folder);
    }
  }

  private SeenPicture read(Tensor picture, Path folder) throws IOException {
    Tensor image = device.place(picture.unsqueeze(0));
    Tensor activations = scores.vision().activations(image, scores.at());
    if (!Tensors.allFinite(activations)) {
      throw scores.failure(image);
    }
    SeenPicture seen = seen(scores.ofActivations(activations));
    Files.createDirectories(folder);
    WholeFile.writePng(folder.resolve(PICTURE), Images.toImage(picture));
    SafetensorsWriter.write(
        folder.resolve(FILE),
        Map.of(ACTIVATIONS, Device.CPU.place(activations).contiguous()),
        Map.of());
    // Last: where it is, all is.
    WholeFile.writeText(folder.resolve(SEEN), Json.write(seen) + "\n");
    return seen;
  }

  private static SeenPicture seen(FeatureScores.Batch batch) {
    double[] found = Tensors.toDoubles(batch.scores().select(1, 0));
    double[] positions = Tensors.toDoubles(batch.positions().select(1, 0));
    double[] active = Tensors.toDoubles(batch.activePositions());
    List<SeenPicture.Seen> features = new ArrayList<>();
    for (int i = 0; i < found.length; i++) {
      if (Double.isFinite(found[i]) && Double.isFinite(active[i])) {
        int at = (int) positions[i];
        features.add(
            new SeenPicture.Seen(
                i, found[i], at / batch.mapWidth(), at % batch.mapWidth(), (int) active[i]));
      }
    }
    return new SeenPicture(batch.mapHeight(), batch.mapWidth(), features);
  }

  private Tensor activations(Path folder) {
    try (TensorStore store = Checkpoints.open(folder.resolve(FILE))) {
      return device.place(store.load(ACTIVATIONS));
    }
  }

  /**
   * The features strongest at a place of a picture that was read, strongest first.
   *
   * @param folder where it was read into
   * @param row of the map
   * @param column of the map
   * @param most how many
   */
  public List<SeenPicture.Strength> at(Path folder, int row, int column, int most) {
    try (Scope scope = Scope.open()) {
      SparseDictionary dictionary = scores.dictionary();
      Tensor maps = dictionary.preActivations(activations(folder)); // (1, K, h, w)
      double[] values = at(maps, row, column);
      double[] passed = at(dictionary.activate(maps), row, column);
      return IntStream.range(0, values.length)
          .filter(i -> Double.isFinite(values[i]))
          .mapToObj(i -> new SeenPicture.Strength(i, values[i], passed[i] != 0))
          .sorted(Comparator.comparingDouble(SeenPicture.Strength::value).reversed())
          .limit(most)
          .toList();
    }
  }

  private static double[] at(Tensor maps, int row, int column) {
    return Tensors.toDoubles(maps.select(0, 0).select(1, row).select(1, column));
  }

  /**
   * Writes a feature's map to lay over a picture that was read: full colour at its own largest
   * value.
   *
   * @param folder where it was read into
   */
  public void writeMap(Path folder, int feature, Path png) throws IOException {
    try (Scope scope = Scope.open()) {
      double[][] map =
          Tensors.rows(scores.dictionary().preActivation(activations(folder), feature).squeeze(0));
      int size = corpus.framing().size();
      int side = size * Math.max(1, (FeaturePictures.MAP_SIDE + size - 1) / size);
      WholeFile.writePng(
          png, HeatMap.of(map, HeatMap.highest(Stream.<double[][]>of(map)), side, side));
    }
  }
}
