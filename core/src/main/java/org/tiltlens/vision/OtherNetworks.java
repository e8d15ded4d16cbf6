package org.tiltlens.vision;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import org.tiltlens.checkpoint.TensorStore;

/** Vision networks that are not read as data, told by a tensor's name so that users know. */
final class OtherNetworks {
  /** What a tensor of this name tells; the first that matches. */
  private static final Map<Pattern, String> MARKS = new LinkedHashMap<>();

  static {
    mark(".*\\.attn_(block|grid)\\..*", "a MaxViT");
    mark(
        ".*layers\\.\\d+\\.blocks\\.\\d+\\..*(relative_position_bias|logit_scale|cpb_mlp).*",
        "a Swin transformer");
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

  private OtherNetworks() {}

  private static void mark(String name, String network) {
    MARKS.put(Pattern.compile(name), network);
  }

  /** What network a checkpoint seems to hold; empty if nothing tells. */
  static Optional<String> in(TensorStore store) {
    return MARKS.entrySet().stream()
        .filter(
            mark -> store.entries().keySet().stream().anyMatch(mark.getKey().asMatchPredicate()))
        .map(Map.Entry::getValue)
        .findFirst();
  }
}
