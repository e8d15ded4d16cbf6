package org.tiltlens.dit;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.ClassLabels;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.Told;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.torch.Device;

/**
 * Finds a diffusion transformer in a checkpoint: one of facebookresearch/DiT, whose tensors tell
 * all but its heads.
 *
 * <p>What it denoises are latents of an autoencoder, which is a file of its own (of the published
 * ones Stable Diffusion's); they were trained on 1000 steps of the linear schedule.
 */
public final class DitCheckpoint {
  private static final String HEADS = "num_heads";

  private DitCheckpoint() {}

  /** Whether a checkpoint holds one. */
  public static boolean isOne(TensorStore store) {
    return Dit.isOne(store);
  }

  /**
   * Loads it.
   *
   * @param options {@code num_heads}, where the width is none of the published sizes'
   * @throws IllegalArgumentException if that is no number
   * @throws org.tiltlens.checkpoint.CheckpointException if the tensors are not of such a network,
   *     or do not tell its heads or side
   */
  public static Dit load(TensorStore store, Map<String, String> options, Device device) {
    TensorStore network = Dit.network(store);
    return Dit.load(network, DitConfig.of(network, said(options)), device);
  }

  private static DitConfig.Said said(Map<String, String> options) {
    String heads = options.get(HEADS);
    if (heads == null) {
      return DitConfig.Said.NOTHING;
    }
    try {
      return new DitConfig.Said(
          OptionalInt.of(Integer.parseInt(heads.strip())), OptionalInt.empty(), true);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "option " + HEADS + ": '" + heads + "' is not a whole number, such as 16", e);
    }
  }

  /**
   * How it is to be sampled: by its learned variance, where it has one, and unclipped, as by {@code
   * sample.py} of DiT.
   *
   * @param options {@code label}, the classes to draw
   * @throws IllegalArgumentException if they are none of the network's
   */
  public static DiffusionPrior.Options options(TensorStore store, Map<String, String> options) {
    TensorStore network = Dit.network(store);
    DitConfig config = DitConfig.of(network, said(options));
    return new DiffusionPrior.Options(
        config.learnsVariance() ? VarianceType.LEARNED_RANGE : VarianceType.FIXED_SMALL,
        false,
        Told.STEP,
        Optional.ofNullable(options.get("label"))
            .map(label -> ClassLabels.parse(label, config.classes())),
        Predicts.EPSILON);
  }

  /** Side of the latents of one. */
  public static int side(TensorStore store) {
    return config(Dit.network(store)).side();
  }

  private static DitConfig config(TensorStore network) {
    // One head fits any width, and changes no shape.
    OptionalInt any = OptionalInt.of(1);
    return DitConfig.of(network, new DitConfig.Said(any, OptionalInt.empty(), true));
  }

  /**
   * One line on it; empty if there is none.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if there is one that is not read
   */
  public static Optional<String> describe(TensorStore store) {
    if (!isOne(store)) {
      return Optional.empty();
    }
    TensorStore network = Dit.network(store);
    DitConfig config = config(network);
    Weights.require(network, Dit.shapes(network, config), config.names()::stored, List.of());
    return Optional.of(
        ("diffusion transformer, %d blocks of %d channels, latents of %d x %d x %d in patches of"
                + " %d, %d classes%s")
            .formatted(
                config.depth(),
                config.width(),
                config.channels(),
                config.side(),
                config.side(),
                config.patch(),
                config.classes(),
                config.learnsVariance() ? ", learned variance" : ""));
  }
}
