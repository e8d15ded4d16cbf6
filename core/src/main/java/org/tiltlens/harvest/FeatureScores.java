package org.tiltlens.harvest;

import static org.tiltlens.torch.Tensors.argMax;
import static org.tiltlens.torch.Tensors.cat;
import static org.tiltlens.torch.Tensors.max;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.sum;

import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * The intrinsic scores of all features of a dictionary at once, and where and how often they are
 * active.
 *
 * <p>The score of feature j is that of {@link UnitScore} for the unit {@code feature:j@pre}: the
 * pre-activation map, cropped and reduced.
 *
 * @param vision the model; stays its owner's to close
 * @param at where the dictionary reads
 * @param dictionary the features; stays its owner's to close
 * @param reduction how a map becomes one number
 * @param crop which part of the map counts
 */
public record FeatureScores(
    VisionModel vision,
    HookPoint at,
    SparseDictionary dictionary,
    SpatialReduction reduction,
    CentralCrop crop) {

  /** Why a harvest says nothing of other units. */
  public static final String HARVESTED_UNITS =
      "a harvest has the scores of features before their activation only";

  /** Bound on the elements of one tensor of all features' maps: 128 MB. */
  private static final long MAX_ELEMENTS = 32L << 20;

  /**
   * Checks that the dictionary fits the model.
   *
   * @throws IllegalArgumentException if not
   */
  public FeatureScores {
    new Unit.DictionaryFeature(dictionary, 0, true)
        .requireAmong(vision.channels(vision.require(at)));
  }

  /** The published settings: mix with 0.7 over the central half. */
  public FeatureScores(VisionModel vision, HookPoint at, SparseDictionary dictionary) {
    this(vision, at, dictionary, new SpatialReduction.Mix(0.7), new CentralCrop(0.5));
  }

  /** Says what a harvest has in place of what a run wants. */
  public static String harvestDiffers(String has, String wanted) {
    return "the harvest has '" + has + "', the run '" + wanted + "'";
  }

  /** How a harvest names the scores of all features of which this is one. */
  public static String harvestedAs(UnitScore score) {
    return score.toString().replaceFirst("^feature:\\d+@", "feature:*@");
  }

  /**
   * What K features do on n images.
   *
   * @param scores (K, n): one intrinsic score per feature and image
   * @param positions (K, n): where in the map, row x width + column, the crop's largest value is
   * @param activeImages (K): on how many of the images a feature is active anywhere
   * @param activePositions (K): at how many positions of them it is active; NaN where a map is not
   *     finite
   * @param mapHeight height of the maps
   * @param mapWidth width of the maps
   */
  record Batch(
      Tensor scores,
      Tensor positions,
      Tensor activeImages,
      Tensor activePositions,
      int mapHeight,
      int mapWidth) {

    /** Batches of different images as one. */
    static Batch join(List<Batch> batches) {
      Batch first = batches.get(0);
      if (batches.size() == 1) {
        return first;
      }
      return new Batch(
          cat(batches.stream().map(Batch::scores).toList(), 1),
          cat(batches.stream().map(Batch::positions).toList(), 1),
          sum(Tensors.stack(batches.stream().map(Batch::activeImages).toList()), 0),
          sum(Tensors.stack(batches.stream().map(Batch::activePositions).toList()), 0),
          first.mapHeight,
          first.mapWidth);
    }

    List<Tensor> tensors() {
      return List.of(scores, positions, activeImages, activePositions);
    }
  }

  /**
   * The score of every feature on each image, such as for a feature's rank among them.
   *
   * @param activations (n, C, h, w) of the images at {@link #at}
   * @return (n, K)
   */
  public double[][] perImage(Tensor activations) {
    try (Scope scope = Scope.open()) {
      Tensor scores = ofActivations(activations).scores(); // (K, n)
      double[][] rows = new double[Math.toIntExact(scores.size(1))][];
      for (int i = 0; i < rows.length; i++) {
        rows[i] = Tensors.toDoubles(scores.select(1, i));
      }
      return rows;
    }
  }

  /** Reads all features on (n, 3, H, W) in [-1, 1]; the result belongs to the caller's scope. */
  Batch of(Tensor images) {
    try (Scope scope = Scope.open()) {
      Batch batch = ofActivations(vision.activations(images, at));
      batch.tensors().forEach(scope::keep);
      return batch;
    }
  }

  /** What makes an image's activations NaN or infinite. */
  NotFiniteException failure(Tensor images) {
    return NotFiniteException.of("the vision model at " + at, images);
  }

  /** Reads all features on images whose activations (n, C, h, w) are known. */
  Batch ofActivations(Tensor activations) {
    try (Scope scope = Scope.open()) {
      long each = dictionary.features() * activations.size(2) * activations.size(3);
      long step = Math.max(1, MAX_ELEMENTS / each);
      List<Batch> parts = new ArrayList<>();
      for (long from = 0; from < activations.size(0); from += step) {
        long count = Math.min(step, activations.size(0) - from);
        parts.add(read(activations.narrow(0, from, count)));
      }
      Batch batch = Batch.join(parts);
      batch.tensors().forEach(scope::keep);
      return batch;
    }
  }

  /**
   * Which features are active anywhere on images whose activations (n, C, h, w) are known.
   *
   * @return (n, K) of 0 and 1
   */
  Tensor active(Tensor activations) {
    return Scope.of(
        () -> {
          List<Tensor> parts = new ArrayList<>();
          long each = dictionary.features() * activations.size(2) * activations.size(3);
          long step = Math.max(1, MAX_ELEMENTS / each);
          for (long from = 0; from < activations.size(0); from += step) {
            Tensor part = activations.narrow(0, from, Math.min(step, activations.size(0) - from));
            parts.add(
                Scope.of(
                    () -> max(dictionary.activate(dictionary.preActivations(part)).sign(), 2, 3)));
          }
          return cat(parts, 0);
        });
  }

  private Batch read(Tensor activations) {
    try (Scope scope = Scope.open()) {
      Tensor maps = dictionary.preActivations(activations); // (n, K, h, w)
      long n = maps.size(0);
      long k = maps.size(1);
      Tensor cropped = crop.of(maps.flatten(0, 1)); // (n K, h', w')
      Tensor scores = reduction.of(cropped).reshape(n, k).t();
      Tensor largest = argMax(cropped.flatten(1, 2), 1).reshape(n, k).t();
      Tensor positions = positionsInMap(maps).take(largest);
      Tensor active = dictionary.activate(maps).sign(); // 1 where active, 0 elsewhere
      Batch batch =
          new Batch(
              scores,
              positions,
              sum(max(active, 2, 3), 0),
              // 0 times a sum is NaN where the map has such a number, even outside of the crop.
              sum(active, 0, 2, 3).add(scale(sum(maps, 0, 2, 3), 0)),
              Math.toIntExact(maps.size(2)),
              Math.toIntExact(maps.size(3)));
      batch.tensors().forEach(scope::keep);
      return batch;
    }
  }

  /** For each position of the crop, row by row, its position in the whole map. */
  private Tensor positionsInMap(Tensor maps) {
    long height = maps.size(2);
    long width = maps.size(3);
    float[] positions = new float[Math.toIntExact(height * width)];
    for (int i = 0; i < positions.length; i++) {
      positions[i] = i;
    }
    return crop.of(Tensors.floats(positions, 1, height, width).to(maps)).flatten();
  }

  /** One line: hook point, reduction and crop. */
  @Override
  public String toString() {
    return "feature:*@pre at " + at + ", " + reduction + " over the central " + crop.fraction();
  }
}
