package org.tiltlens.vision;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;

/**
 * How a checkpoint names the tensors of a DINOv3 ConvNeXt: Meta's names, which are ours, or Hugging
 * Face's, with whatever wrapper's prefix before them ({@code model.}, {@code teacher.backbone.}).
 */
record ConvNextNames(String prefix, boolean huggingFace) {
  private static final String META_STEM = "downsample_layers.0.0.weight";
  private static final String HUGGING_FACE_STEM = "stages.0.downsample_layers.0.weight";

  /**
   * Finds the network in a checkpoint by its stem; a teacher wins over its student.
   *
   * @throws CheckpointException if there are several and none is a teacher
   */
  static Optional<ConvNextNames> in(TensorStore store) {
    List<ConvNextNames> found = new ArrayList<>();
    for (String name : store.entries().keySet()) {
      prefix(name, META_STEM).ifPresent(p -> found.add(new ConvNextNames(p, false)));
      prefix(name, HUGGING_FACE_STEM).ifPresent(p -> found.add(new ConvNextNames(p, true)));
    }
    if (found.size() <= 1) {
      return found.stream().findFirst();
    }
    List<ConvNextNames> teachers =
        found.stream().filter(names -> names.prefix.contains("teacher")).toList();
    if (teachers.size() != 1) {
      throw new CheckpointException(
          store.source()
              + " holds several ConvNeXt networks, under "
              + found.stream().map(names -> "'" + names.prefix + "'").toList()
              + ": keep one of them");
    }
    return Optional.of(teachers.get(0));
  }

  private static Optional<String> prefix(String name, String stem) {
    return name.equals(stem) || name.endsWith("." + stem)
        ? Optional.of(name.substring(0, name.length() - stem.length()))
        : Optional.empty();
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
