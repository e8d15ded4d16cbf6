package org.tiltlens.vision;

import java.util.Arrays;
import java.util.Optional;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tiltlens.checkpoint.Stem;
import org.tiltlens.checkpoint.TensorStore;

/**
 * How a checkpoint names the tensors of a ConvNeXt, with whatever wrapper's prefix before them
 * ({@code model.}, {@code teacher.backbone.}); our names are Meta's.
 */
record ConvNextNames(String prefix, Dialect dialect) {
  /** Whose names they are. */
  enum Dialect {
    /** Meta's, of the supervised ones and of DINOv3's alike. */
    META("downsample_layers.0.0.weight", name -> name),
    /** Hugging Face's of DINOv3's. */
    HUGGING_FACE_DINOV3("stages.0.downsample_layers.0.weight", Dialect::huggingFaceDinov3),
    /** Hugging Face's of the supervised ones. */
    HUGGING_FACE("encoder.stages.0.layers.0.dwconv.weight", Dialect::huggingFace),
    TIMM("stages.0.blocks.0.conv_dw.weight", Dialect::timm),
    TORCHVISION("features.1.0.block.0.weight", Dialect::torchvision);

    private static final Pattern STAGE =
        Pattern.compile("(downsample_layers|stages)\\.(\\d+)\\.(\\d+)\\.?(.*)");

    private final String landmark;
    private final UnaryOperator<String> theirs;

    Dialect(String landmark, UnaryOperator<String> theirs) {
      this.landmark = landmark;
      this.theirs = theirs;
    }

    /** Their name of a tensor of which each such network has exactly one. */
    String landmark() {
      return landmark;
    }

    private static String huggingFaceDinov3(String name) {
      return name.replaceFirst("^downsample_layers\\.(\\d+)\\.", "stages.$1.downsample_layers.")
          .replaceFirst(
              "^stages\\.(\\d+)\\.(\\d+)\\.(?=gamma|dwconv|norm|pwconv)", "stages.$1.layers.$2.")
          .replaceFirst("\\.dwconv\\.", ".depthwise_conv.")
          .replaceFirst("\\.pwconv([12])\\.", ".pointwise_conv$1.")
          .replaceFirst("(^|\\.)norm\\.", "$1layer_norm.");
    }

    private static String huggingFace(String name) {
      return name.replaceFirst("^downsample_layers\\.0\\.0\\.", "embeddings.patch_embeddings.")
          .replaceFirst("^downsample_layers\\.0\\.1\\.", "embeddings.layernorm.")
          .replaceFirst("^downsample_layers\\.(\\d+)\\.", "encoder.stages.$1.downsampling_layer.")
          .replaceFirst("^stages\\.(\\d+)\\.(\\d+)\\.", "encoder.stages.$1.layers.$2.")
          .replaceFirst("\\.grn\\.gamma$", ".grn.weight")
          .replaceFirst("\\.grn\\.beta$", ".grn.bias")
          .replaceFirst("\\.gamma$", ".layer_scale_parameter")
          .replaceFirst("(^|\\.)norm\\.", "$1layernorm.");
    }

    private static String timm(String name) {
      return name.replaceFirst("^downsample_layers\\.0\\.", "stem.")
          .replaceFirst("^downsample_layers\\.(\\d+)\\.", "stages.$1.downsample.")
          .replaceFirst(
              "^stages\\.(\\d+)\\.(\\d+)\\.(?=gamma|dwconv|norm|pwconv|grn)",
              "stages.$1.blocks.$2.")
          .replaceFirst("\\.dwconv\\.", ".conv_dw.")
          .replaceFirst("\\.pwconv([12])\\.", ".mlp.fc$1.")
          .replaceFirst("\\.grn\\.gamma$", ".mlp.grn.weight")
          .replaceFirst("\\.grn\\.beta$", ".mlp.grn.bias")
          .replaceFirst("^norm\\.", "head.norm.");
    }

    /** {@code features} has downsamplings and stages by turns, the classifier the last norm. */
    private static String torchvision(String name) {
      Matcher matcher = STAGE.matcher(name);
      if (!matcher.matches()) {
        return name.replaceFirst("^norm\\.", "classifier.0.");
      }
      boolean block = matcher.group(1).equals("stages");
      int index = 2 * Integer.parseInt(matcher.group(2)) + (block ? 1 : 0);
      String inside =
          matcher
              .group(4)
              .replaceFirst("^dwconv\\.", "block.0.")
              .replaceFirst("^norm\\.", "block.2.")
              .replaceFirst("^pwconv1\\.", "block.3.")
              .replaceFirst("^pwconv2\\.", "block.5.")
              .replaceFirst("^gamma$", "layer_scale");
      return "features." + index + "." + matcher.group(3) + "." + inside;
    }
  }

  /**
   * Finds the network in a checkpoint by its landmark; a teacher wins over its student, a moving
   * average over what it averages.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if there are several and none is usual
   */
  static Optional<ConvNextNames> in(TensorStore store) {
    String[] landmarks =
        Arrays.stream(Dialect.values()).map(Dialect::landmark).toArray(String[]::new);
    return Stem.find(store, "ConvNeXt", landmarks)
        .map(
            stem ->
                new ConvNextNames(
                    stem.prefix(),
                    Arrays.stream(Dialect.values())
                        .filter(dialect -> dialect.landmark.equals(stem.name()))
                        .findFirst()
                        .orElseThrow()));
  }

  /** The checkpoint's name of our tensor {@code name}. */
  String stored(String name) {
    return prefix + dialect.theirs.apply(name);
  }

  boolean has(TensorStore store, String name) {
    return store.entries().containsKey(stored(name));
  }
}
