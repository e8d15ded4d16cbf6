package org.tiltlens.vision;

import java.util.Optional;
import org.tiltlens.checkpoint.TensorStore;

/**
 * How a checkpoint names the tensors of a DINOv3 ConvNeXt: Meta's names, which are ours, or Hugging
 * Face's, with whatever wrapper's prefix before them ({@code model.}, {@code teacher.backbone.}).
 */
record ConvNextNames(String prefix, boolean huggingFace) {
  static final String META_STEM = "downsample_layers.0.0.weight";
  static final String HUGGING_FACE_STEM = "stages.0.downsample_layers.0.weight";

  /**
   * Finds the network in a checkpoint by its stem; a teacher wins over its student, a moving
   * average over what it averages.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if there are several and none is usual
   */
  static Optional<ConvNextNames> in(TensorStore store) {
    return Stem.find(store, "ConvNeXt", META_STEM, HUGGING_FACE_STEM)
        .map(stem -> new ConvNextNames(stem.prefix(), stem.name().equals(HUGGING_FACE_STEM)));
  }

  /** The checkpoint's name of our tensor {@code name}. */
  String stored(String name) {
    return prefix + (huggingFace ? toHuggingFace(name) : name);
  }

  private static String toHuggingFace(String name) {
    return name.replaceFirst("^downsample_layers\\.(\\d+)\\.", "stages.$1.downsample_layers.")
        .replaceFirst(
            "^stages\\.(\\d+)\\.(\\d+)\\.(?=gamma|dwconv|norm|pwconv)", "stages.$1.layers.$2.")
        .replaceFirst("\\.dwconv\\.", ".depthwise_conv.")
        .replaceFirst("\\.pwconv([12])\\.", ".pointwise_conv$1.")
        .replaceFirst("(^|\\.)norm\\.", "$1layer_norm.");
  }
}
