package org.tiltlens.harvest;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.LongConsumer;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.models.Named;
import org.tiltlens.models.VisionFile;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * Which features are active on the same images of a corpus.
 *
 * <pre>
 *   J(i, j) = |A_i ∩ A_j| / |A_i ∪ A_j|       A_j: the images on which feature j is active anywhere
 * </pre>
 *
 * <p>Jaccard's index of the active sets, in [0, 1]; "active" is what a table's {@code frequency}
 * counts. Two features that share no image are no neighbours.
 *
 * @param images that were looked at: the corpus' first, as many as the memory of the sets allows
 * @param active on how many of them each feature is active
 * @param together the features of the highest J
 */
public record CoActivation(int images, int[] active, Neighbours together) {
  /** Bits of all active sets, at most: 256 MB. */
  private static final long MOST_BITS = 1L << 31;

  /**
   * @throws IllegalArgumentException if they are not of as many features
   */
  public CoActivation {
    if (active.length != together.features().length) {
      throw new IllegalArgumentException("active sets of other features than their neighbours");
    }
  }

  /** How many images can be looked at. */
  public static int images(HarvestInfo info) {
    return (int) Math.min(info.images() + info.skipped(), MOST_BITS / info.features());
  }

  /**
   * Looks at a corpus once more.
   *
   * @param spec the models
   * @param corpus the images; stays its owner's
   * @param limit how many of them, at least 1
   * @param device {@code cpu} or {@code cuda:N}
   * @param progress hears how many more images are done; what it throws ends the work
   */
  public static CoActivation of(
      HarvestSpec spec, Corpus corpus, int limit, String device, LongConsumer progress)
      throws IOException {
    Device on = new Device(device).requireAvailable();
    try (SparseDictionary dictionary =
        SparseDictionary.open(Named.resolve(spec.dictionary()), on)) {
      HookPoint at = VisionFile.hook(spec.vision(), spec.hook(), Optional.of(dictionary));
      try (VisionModel vision = VisionFile.open(spec.vision(), spec.visionOptions(), at, on)) {
        FeatureScores scores =
            new FeatureScores(
                vision,
                at,
                dictionary,
                SpatialReduction.parse(spec.reduction()),
                new CentralCrop(spec.center()));
        return of(scores, corpus, limit, on, progress);
      }
    }
  }

  private static CoActivation of(
      FeatureScores scores, Corpus corpus, int limit, Device device, LongConsumer progress) {
    int features = scores.dictionary().features();
    long[][] sets = new long[features][(limit + Long.SIZE - 1) / Long.SIZE];
    AtomicInteger images = new AtomicInteger();
    // One lane: images are numbered as they come.
    new Batching(Harvest.BATCH, new Lanes(1, 1))
        .map(
            limit,
            (from, count) -> {
              try (Scope scope = Scope.open()) {
                corpus
                    .read(from, from + count)
                    .map(batch -> add(scores, device.place(batch.images()), sets, images.get()))
                    .ifPresent(images::addAndGet);
              }
              progress.accept(count);
              return count;
            });
    return of(images.get(), sets);
  }

  /** Adds images on which the network is finite to the sets; returns how many. */
  private static int add(FeatureScores scores, Tensor images, long[][] sets, int next) {
    Tensor activations = scores.vision().activations(images, scores.at());
    List<Integer> rows =
        LongStream.of(Tensors.finiteRows(activations)).mapToObj(Math::toIntExact).toList();
    if (rows.isEmpty()) {
      return 0;
    }
    Tensor used = Harvest.picked(activations, rows);
    float[] active = Tensors.toFloats(scores.active(used)); // (n, K)
    for (int row = 0; row < rows.size(); row++) {
      int image = next + row;
      for (int feature = 0; feature < sets.length; feature++) {
        if (active[row * sets.length + feature] > 0) {
          sets[feature][image / Long.SIZE] |= 1L << (image % Long.SIZE);
        }
      }
    }
    return rows.size();
  }

  /**
   * Compares sets of images.
   *
   * @param sets a bit for each image, of each feature
   */
  static CoActivation of(int images, long[][] sets) {
    int[] active = new int[sets.length];
    for (int i = 0; i < sets.length; i++) {
      active[i] = (int) LongStream.of(sets[i]).map(Long::bitCount).sum();
    }
    Neighbours.Best[] best = Neighbours.none(sets.length);
    for (int i = 0; i < sets.length; i++) {
      for (int j = i + 1; j < sets.length; j++) {
        // J is at most the smaller set over the larger one.
        float bound = (float) Math.min(active[i], active[j]) / Math.max(active[i], active[j]);
        if (bound < best[i].least() && bound < best[j].least()) {
          continue;
        }
        int both = both(sets[i], sets[j]);
        if (both > 0) {
          float jaccard = (float) both / (active[i] + active[j] - both);
          best[i].offer(j, jaccard);
          best[j].offer(i, jaccard);
        }
      }
    }
    return new CoActivation(images, active, Neighbours.of(best));
  }

  private static int both(long[] one, long[] other) {
    int both = 0;
    for (int i = 0; i < one.length; i++) {
      both += Long.bitCount(one[i] & other[i]);
    }
    return both;
  }
}
