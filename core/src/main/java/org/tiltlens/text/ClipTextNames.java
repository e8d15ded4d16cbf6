package org.tiltlens.text;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;

/**
 * How a checkpoint names the tensors of CLIP's text encoder, and which shapes they have.
 *
 * @param network the tensors, without what stands before the encoder's names
 * @param prefix what stood there
 * @param huggingFace whether the names are Hugging Face's, else OpenAI's, which OpenCLIP shares
 */
record ClipTextNames(TensorStore network, String prefix, boolean huggingFace) {
  /** What such files hold beside: the image tower, buffers, the scale of similarities. */
  static final List<String> BESIDE =
      List.of(
          "visual\\..*|vision_model\\..*|visual_projection\\.weight",
          "logit_scale|logit_bias|attn_mask|input_resolution|context_length|vocab_size",
          "text_model\\.embeddings\\.position_ids");

  private static final String OPEN_AI = "token_embedding.weight";
  private static final String HUGGING_FACE = "text_model.embeddings.token_embedding.weight";
  private static final String BLOCKS = "transformer.resblocks.";
  private static final String LAYERS = "text_model.encoder.layers.";
  private static final int LARGEST = 1 << 20;

  private static final Map<String, String> OPEN_AI_LAYERS =
      Map.of(
          "norm1", "ln_1",
          "norm2", "ln_2",
          "attn.qkv", "attn.in_proj_",
          "attn.proj", "attn.out_proj",
          "mlp.fc1", "mlp.c_fc",
          "mlp.fc2", "mlp.c_proj");

  private static final Map<String, String> HUGGING_FACE_LAYERS =
      Map.of(
          "norm1", "layer_norm1",
          "norm2", "layer_norm2",
          "attn.q_proj", "self_attn.q_proj",
          "attn.k_proj", "self_attn.k_proj",
          "attn.v_proj", "self_attn.v_proj",
          "attn.proj", "self_attn.out_proj",
          "mlp.fc1", "mlp.fc1",
          "mlp.fc2", "mlp.fc2");

  private static final Map<String, String> OPEN_AI_OTHERS =
      Map.of(
          "tokens", OPEN_AI,
          "positions", "positional_embedding",
          "norm.weight", "ln_final.weight",
          "norm.bias", "ln_final.bias",
          "projection", "text_projection");

  private static final Map<String, String> HUGGING_FACE_OTHERS =
      Map.of(
          "tokens", HUGGING_FACE,
          "positions", "text_model.embeddings.position_embedding.weight",
          "norm.weight", "text_model.final_layer_norm.weight",
          "norm.bias", "text_model.final_layer_norm.bias",
          "projection", "text_projection.weight");

  /**
   * Finds the encoder by its token embedding.
   *
   * @throws CheckpointException if there is none, or are several
   */
  static ClipTextNames in(TensorStore store) {
    Parts hugging = Parts.of(store, HUGGING_FACE);
    // OpenAI's mark ends Hugging Face's, too.
    boolean hasHugging = !hugging.prefixes().isEmpty();
    Parts parts = hasHugging ? hugging : Parts.of(store, OPEN_AI);
    if (parts.prefixes().isEmpty()) {
      throw new CheckpointException(
          "%s has no text encoder of CLIP: expected a tensor '%s' (Hugging Face) or '%s' (OpenAI)"
              .formatted(store.source(), HUGGING_FACE, OPEN_AI));
    }
    String prefix = parts.usual("text encoders", Parts.OF_PRIOR);
    return new ClipTextNames(store.under(prefix), prefix, hasHugging);
  }

  /** Whether it is OpenAI's own file, or the one inside a checkpoint of Stable Diffusion 1. */
  boolean isOpenAi() {
    boolean own = !huggingFace && network.entries().containsKey("input_resolution");
    return own || prefix.equals("cond_stage_model.transformer.");
  }

  /** The checkpoint's name of a tensor of ours. */
  String stored(String ours) {
    String other = (huggingFace ? HUGGING_FACE_OTHERS : OPEN_AI_OTHERS).get(ours);
    if (other != null) {
      return other;
    }
    int dot = ours.indexOf('.', "blocks.".length());
    int last = ours.lastIndexOf('.');
    String layer = ours.substring(dot + 1, last);
    String theirs = (huggingFace ? HUGGING_FACE_LAYERS : OPEN_AI_LAYERS).get(layer);
    String block = (huggingFace ? LAYERS : BLOCKS) + ours.substring("blocks.".length(), dot);
    String kind = ours.substring(last);
    return block + "." + theirs + (theirs.endsWith("_") ? kind.substring(1) : kind);
  }

  /** The encoder's sizes, as its tensors tell them. */
  record Sizes(int vocabulary, int context, int width, int depth, int hidden, int projected) {}

  /**
   * Reads them.
   *
   * @throws CheckpointException if they are no such encoder's
   */
  Sizes sizes() {
    int depth = 0;
    while (network.entries().containsKey(stored("blocks." + depth + ".norm1.weight"))) {
      depth++;
    }
    return new Sizes(
        size("tokens", 0),
        size("positions", 0),
        size("tokens", 1),
        depth,
        depth == 0 ? 0 : size("blocks.0.mlp.fc1.weight", 0),
        hasProjection() ? size("projection", huggingFace ? 0 : 1) : 0);
  }

  private boolean hasProjection() {
    return network.entries().containsKey(stored("projection"));
  }

  private int size(String ours, int dimension) {
    List<Long> shape =
        Optional.ofNullable(network.entries().get(stored(ours)))
            .map(TensorInfo::shape)
            .orElse(List.of());
    long size = shape.size() == 2 ? shape.get(dimension) : 0;
    if (size < 1 || size > LARGEST) {
      throw new CheckpointException(
          "%s: tensor '%s' is %s, expected a matrix of CLIP's text encoder"
              .formatted(network.source(), stored(ours), shape.isEmpty() ? "missing" : shape));
    }
    return (int) size;
  }

  /** Our name -> shape of every tensor. */
  Map<String, List<Long>> shapes(Sizes sizes) {
    long width = sizes.width();
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("tokens", List.of((long) sizes.vocabulary(), width));
    shapes.put("positions", List.of((long) sizes.context(), width));
    for (int i = 0; i < sizes.depth(); i++) {
      String block = "blocks." + i + ".";
      layer(shapes, block + "norm1", List.of(width));
      if (huggingFace) {
        for (String part : List.of("q", "k", "v")) {
          layer(shapes, block + "attn." + part + "_proj", List.of(width, width));
        }
      } else {
        layer(shapes, block + "attn.qkv", List.of(3 * width, width));
      }
      layer(shapes, block + "attn.proj", List.of(width, width));
      layer(shapes, block + "norm2", List.of(width));
      layer(shapes, block + "mlp.fc1", List.of((long) sizes.hidden(), width));
      layer(shapes, block + "mlp.fc2", List.of(width, (long) sizes.hidden()));
    }
    layer(shapes, "norm", List.of(width));
    if (sizes.projected() > 0) {
      long projected = sizes.projected();
      shapes.put("projection", huggingFace ? List.of(projected, width) : List.of(width, projected));
    }
    return shapes;
  }

  private static void layer(Map<String, List<Long>> shapes, String name, List<Long> weight) {
    shapes.put(name + ".weight", weight);
    shapes.put(name + ".bias", List.of(weight.get(0)));
  }
}
