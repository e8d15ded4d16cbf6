package org.tiltlens.vision;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;

/** Vision networks that are not read as data, told by a tensor's name so that users know. */
final class OtherNetworks {
  /** How such a network is used all the same. */
  static final String INSTEAD =
      "save it in Python with torch.jit.trace(model.eval(), torch.zeros(1, 3, 224,"
          + " 224)).save('vision.pt') and give that file, with size=224";

  /** Names in a network, such as a ResNet has not, though it has all others. */
  private static final List<String> OTHER_RESNETS = new ArrayList<>();

  /** What a tensor of this name tells; the first that matches. */
  private static final Map<Pattern, String> MARKS = new LinkedHashMap<>();

  static {
    markResNet("attnpool\\.c_proj\\.weight", "CLIP's residual network");
    markResNet(
        "layer1\\.0\\.(se|se_module|se_layer|eca|ca|sa|cbam|attn)\\..*",
        "a ResNet with attention in its blocks (SE, ECA, CBAM)");
    markResNet(
        "layer1\\.0\\.conv2\\.(conv|fc1|paths|attn)\\..*",
        "a ResNet with split attention (ResNeSt, SKNet)");
    markResNet("layer1\\.0\\.convs\\.0\\.weight", "a Res2Net");
    markResNet("stage2\\.0\\.branches\\.0\\.0\\.conv1\\.weight", "an HRNet");
    mark(".*\\.attn_(block|grid)\\..*", "a MaxViT");
    mark(
        ".*layers\\.\\d+\\.blocks\\.\\d+\\..*(relative_position_bias|logit_scale|cpb_mlp).*",
        "a Swin transformer");
    mark("(.*\\.)?features\\.1\\.0\\.attn\\.relative_position_bias_table", "a Swin transformer");
    mark(".*(image_encoder|vision_encoder)\\..*rel_pos_[hw]", "an image encoder of SAM");
    mark(
        ".*(rel_pos_bias\\.|attn\\.|attention\\.)relative_position_bias(_table|\\..*)",
        "a BEiT, or another ViT with relative positions");
    mark(".*blocks\\.\\d+\\.(mlp\\.fc1_g|attn\\.inner_attn_ln|mlp\\.ffn_ln)\\..*", "an EVA-02");
    mark(
        ".*attn_pool\\.(latent|probe)",
        "a Perception Encoder, or another ViT with class token and pooling by attention");
    mark(".*blocks\\.\\d+\\.mlp_tokens\\..*", "an MLP-Mixer");
    mark("(.*\\.)?conv_stem\\.weight", "an EfficientNet or MobileNet");
    mark("(.*\\.)?features\\.denseblock\\d+\\..*", "a DenseNet");
    mark(
        "(.*\\.)?_conv_stem\\.weight|(.*\\.)?features\\.1\\.0\\.block\\.0\\.0\\.weight",
        "an EfficientNet");
    mark("(.*\\.)?features\\.1\\.(conv|block)\\.0\\.0\\.weight", "a MobileNet");
    mark("(.*\\.)?trunk_output\\..*|(.*\\.)?s1\\.b1\\.conv1\\.conv\\.weight", "a RegNet");
    mark("(.*\\.)?inception3a\\..*", "a GoogLeNet");
    mark(
        "(.*\\.)?(body\\.block1\\.unit01|stages\\.0\\.blocks\\.0\\.norm3)\\..*",
        "a pre-activation ResNet (BiT, ResNetV2)");
    mark("(.*\\.)?res2\\.0\\.conv1\\.weight", "a ResNet by detectron2's names");
    mark(
        "(.*\\.)?features\\.\\d+(\\.\\d+)*\\.weight",
        "a network of torchvision's `features`, such as VGG or MobileNet");
    mark("(.*\\.)?Mixed_\\d\\w\\..*", "an Inception");
    mark(
        "(.*\\.)?blocks\\.0\\.gamma_1",
        "a ViT of which nothing tells whether positions are turned too (DeiT III, RoPE-ViT, BEiT)");
    mark(
        "(.*\\.)?blocks\\.0\\.attn\\.q_bias",
        "an EVA, of which nothing tells whether positions are turned too");
    mark(
        "(.*\\.)?blocks\\.0\\.norm1\\.weight",
        "a transformer of which nothing tells where its patches are");
  }

  /** What a network of ours may have been given beside its own tensors, and is another by. */
  private static final Map<Pattern, String> CHANGES =
      Map.of(
          Pattern.compile("(.*[._])?lora_\\w+(\\..*)?|.*\\.base_layer\\..*"),
          "tensors of LoRA ('%s'), which change the weights: merge them first in Python, such as"
              + " with peft's merge_and_unload(), and save that",
          Pattern.compile(".*\\.(q_norm|k_norm|query_norm|key_norm|q_layernorm|k_layernorm)\\..*"),
          "norms of queries and keys ('%s'), with which ViTs are not read as data: " + INSTEAD);

  /** Heads of segmentation networks: of torchvision, mmsegmentation and others. */
  private static final Pattern SEGMENTATION =
      Pattern.compile(
          "(.*\\.)?(aspp\\d?|ppm|psp|aux_classifier|decode_head|auxiliary_head|auxlayer)\\..*"
              + "|(.*\\.)?classifier\\.\\d+\\.convs\\..*");

  private OtherNetworks() {}

  /**
   * Refuses a network that has, among its own tensors, what changes what it computes.
   *
   * @param network its tensors and no other's
   * @throws CheckpointException if it has; one line
   */
  static void requireUnchanged(TensorStore network) {
    CHANGES.forEach(
        (mark, what) ->
            network.entries().keySet().stream()
                .filter(mark.asMatchPredicate())
                .findFirst()
                .ifPresent(
                    name -> {
                      throw new CheckpointException(
                          network.source() + " holds " + what.formatted(name));
                    }));
  }

  /**
   * Refuses a ResNet beside the head of a segmentation network: such backbones are mostly dilated,
   * with the same tensors.
   *
   * @throws CheckpointException if there is such a head; one line
   */
  static void requireNoSegmentation(TensorStore store) {
    store.entries().values().stream()
        .filter(OtherNetworks::isOfSegmentation)
        .map(TensorInfo::name)
        .findFirst()
        .ifPresent(
            name -> {
              throw new CheckpointException(
                  ("%s holds the ResNet of a segmentation network ('%s'; DeepLab, FCN, PSPNet, ..),"
                       + " whose last layers mostly are dilated, which no tensor tells: %s; or, if"
                       + " its strides are plain, save the tensors of the ResNet alone")
                      .formatted(store.source(), name, INSTEAD));
            });
  }

  private static void mark(String name, String network) {
    MARKS.put(Pattern.compile(name), network);
  }

  private static void markResNet(String name, String network) {
    mark("(.*\\.)?" + name, network);
    OTHER_RESNETS.add(name);
  }

  /** A classifier of pixels is a convolution. */
  private static boolean isOfSegmentation(TensorInfo tensor) {
    return SEGMENTATION.matcher(tensor.name()).matches()
        || (tensor.shape().size() == 4
            && tensor.name().matches("(.*\\.)?classifier\\.\\d+\\.weight"));
  }

  /** What network a checkpoint seems to hold; empty if nothing tells. */
  static Optional<String> in(TensorStore store) {
    return MARKS.entrySet().stream()
        .filter(
            mark -> store.entries().keySet().stream().anyMatch(mark.getKey().asMatchPredicate()))
        .map(Map.Entry::getValue)
        .findFirst();
  }

  /**
   * Whether a network with the names of a ResNet has what a ResNet has not.
   *
   * @param prefix what stands before its tensors' names
   */
  static boolean isOtherResNet(TensorStore store, String prefix) {
    Pattern names =
        Pattern.compile(Pattern.quote(prefix) + "(" + String.join("|", OTHER_RESNETS) + ")");
    return store.entries().keySet().stream().anyMatch(names.asMatchPredicate());
  }
}
