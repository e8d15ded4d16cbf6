package org.tiltlens.vision;

import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.tiltlens.checkpoint.TensorStore;

/** Networks that are known by the name of a tensor, and are not read as data. */
final class ForeignNetworks {
  /** How such a network is used all the same. */
  static final String INSTEAD =
      "save it in Python with torch.jit.trace(model.eval(), torch.zeros(1, 3, 224,"
          + " 224)).save('vision.pt') and give that file, with size=224";

  /**
   * A kind of network.
   *
   * @param tensor a tensor's whole name, without prefix
   */
  private record Kind(String name, Pattern tensor) {
    Kind(String name, String tensor) {
      this(name, Pattern.compile(tensor));
    }

    boolean isIn(TensorStore store, String prefix) {
      return store.entries().keySet().stream()
          .filter(name -> name.startsWith(prefix))
          .map(name -> name.substring(prefix.length()))
          .anyMatch(tensor.asMatchPredicate());
    }

    /** Whether it is there with whatever prefix. */
    boolean isIn(TensorStore store) {
      Predicate<String> ends = Pattern.compile("(^|\\.)(" + tensor + ")$").asPredicate();
      return store.entries().keySet().stream().anyMatch(ends);
    }
  }

  /** The more telling names first. */
  private static final List<Kind> KINDS =
      List.of(
          new Kind("CLIP's residual network", "attnpool\\.c_proj\\.weight"),
          new Kind(
              "ResNet with attention in its blocks (SE, ECA, CBAM)",
              "layer1\\.0\\.(se|se_module|se_layer|eca|ca|sa|cbam|attn)\\..*"),
          new Kind(
              "ResNet with split attention (ResNeSt, SKNet)",
              "layer1\\.0\\.conv2\\.(conv|fc1|paths|attn)\\..*"),
          new Kind("Res2Net", "layer1\\.0\\.convs\\.0\\.weight"),
          new Kind("HRNet", "stage2\\.0\\.branches\\.0\\.0\\.conv1\\.weight"),
          new Kind(
              "pre-activation ResNet (ResNetV2, BiT)",
              "body\\.block1\\.unit01\\.conv1\\.weight|stages\\.0\\.blocks\\.0\\.norm3\\.weight"),
          new Kind("ResNet by detectron2's names", "res2\\.0\\.conv1\\.weight"),
          new Kind("EfficientNet or MobileNet by timm's names", "conv_stem\\.weight"),
          new Kind("EfficientNet", "_conv_stem\\.weight|features\\.1\\.0\\.block\\.0\\.0\\.weight"),
          new Kind("MobileNet", "features\\.1\\.(conv|block)\\.0\\.0\\.weight"),
          new Kind("DenseNet", "features\\.denseblock1\\.denselayer1\\.conv1\\.weight"),
          new Kind(
              "Inception network",
              "(inception3a\\.branch1|(Mixed|mixed)_5b\\.branch(1x1|0))\\.conv\\.weight"),
          new Kind(
              "RegNet",
              "trunk_output\\.block1\\.block1-0\\.proj\\.0\\.weight"
                  + "|s1\\.b1\\.conv1\\.conv\\.weight"),
          new Kind("Xception", "block1\\.rep\\.0\\.conv1\\.weight"),
          new Kind("ShuffleNet", "stage2\\.0\\.branch1\\.0\\.weight"),
          new Kind("SqueezeNet", "features\\.3\\.squeeze\\.weight"),
          new Kind(
              "Swin transformer",
              "(layers\\.0\\.blocks|features\\.1|encoder\\.layers\\.0\\.blocks)\\.0"
                  + "\\.(attn|attention\\.self)\\.relative_position_bias_table"),
          new Kind("VGG or AlexNet", "features\\.0\\.weight"));

  private ForeignNetworks() {}

  /** What a checkpoint holds, if it is one of them. */
  static Optional<String> in(TensorStore store) {
    return KINDS.stream().filter(kind -> kind.isIn(store)).map(Kind::name).findFirst();
  }

  /** Whether the network with this prefix is one of them. */
  static boolean isAt(TensorStore store, String prefix) {
    return KINDS.stream().anyMatch(kind -> kind.isIn(store, prefix));
  }
}
