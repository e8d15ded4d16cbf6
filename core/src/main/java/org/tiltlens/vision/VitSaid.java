package org.tiltlens.vision;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.tiltlens.torch.Activation;
import org.tiltlens.vision.VitKind.Pooling;

/**
 * What a {@code config.json} says of a ViT, by the names of whichever library wrote it: Hugging
 * Face ({@code num_attention_heads}, {@code hidden_act}), timm ({@code model_args}), or OpenCLIP
 * ({@code model_cfg.vision_cfg}).
 *
 * <p>What is said and cannot be used is an {@link IllegalArgumentException} that names its key.
 */
record VitSaid(JsonNode config) {
  /** OpenCLIP's, where its config does not say it. */
  private static final int OPEN_CLIP_HEAD = 64;

  /** Hugging Face's settings, or those of an image tower among others'. */
  JsonNode tower() {
    return config.has("vision_config") ? config.get("vision_config") : config;
  }

  private JsonNode timm() {
    return config.path("model_args");
  }

  /** Of OpenCLIP's own ViTs; those that it takes from timm are described there. */
  private JsonNode openClip() {
    JsonNode vision = config.path("model_cfg").path("vision_cfg");
    return vision.has("timm_model_name") ? vision.path("none") : vision;
  }

  /** Attention heads of a network of so many channels; empty if nothing is said. */
  OptionalInt heads(int width) {
    OptionalInt heads = heads();
    if (heads.isPresent() || !openClip().isObject()) {
      return heads;
    }
    int head = count(openClip(), "head_width").orElse(OPEN_CLIP_HEAD);
    if (head < 1 || width % head != 0) {
      throw new IllegalArgumentException(
          "config.json: head_width is %d, expected a divisor of the network's %d channels"
              .formatted(head, width));
    }
    return OptionalInt.of(width / head);
  }

  /** Attention heads, where their number itself is said. */
  OptionalInt heads() {
    OptionalInt heads = count(tower(), "num_attention_heads");
    return heads.isPresent() ? heads : count(timm(), "num_heads");
  }

  private static OptionalInt count(JsonNode node, String key) {
    return node.hasNonNull(key)
        ? new JsonSettings(node).integer(key, "a whole number")
        : OptionalInt.empty();
  }

  /** Refuses what is said of a network of other channels than this one. */
  void requireWidth(int width) {
    requireWidth(tower(), "hidden_size", width);
    requireWidth(timm(), "embed_dim", width);
    requireWidth(openClip(), "width", width);
  }

  private static void requireWidth(JsonNode node, String key, int width) {
    OptionalInt said = count(node, key);
    if (said.isPresent() && said.getAsInt() != width) {
      throw new IllegalArgumentException(
          ("config.json: %s is %d, but the tensors are of %d channels: it is another network's, put"
                  + " the right one there, or none")
              .formatted(key, said.getAsInt(), width));
    }
  }

  /** The function between an MLP's two layers; empty if nothing is said. */
  Optional<Activation> activation() {
    if (tower().hasNonNull("hidden_act")) {
      return Optional.of(activation(tower(), "hidden_act"));
    }
    if (timm().hasNonNull("act_layer")) {
      return Optional.of(activation(timm(), "act_layer"));
    }
    if (openClip().isObject()) {
      boolean quick = config.path("model_cfg").path("quick_gelu").asBoolean(false);
      boolean tanh = openClip().path("act_kwargs").path("approximate").asText().equals("tanh");
      Activation plain = tanh ? Activation.GELU_TANH : Activation.GELU;
      return Optional.of(quick ? Activation.QUICK_GELU : plain);
    }
    return config.path("architecture").asText().contains("quickgelu")
        ? Optional.of(Activation.QUICK_GELU)
        : Optional.empty();
  }

  private static Activation activation(JsonNode node, String key) {
    try {
      return Activation.of(node.get(key).asText());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("config.json: " + key + ": " + e.getMessage(), e);
    }
  }

  /** What sums an image up, where OpenCLIP's config says it. */
  Optional<Pooling> pooling() {
    if (!openClip().hasNonNull("pool_type")) {
      return Optional.empty();
    }
    String said = openClip().get("pool_type").asText();
    boolean average = said.equals("avg");
    if (!List.of("tok", "avg").contains(said)
        || (average && openClip().path("final_ln_after_pool").asBoolean(false))) {
      throw new IllegalArgumentException(
          "config.json: pool_type is '%s'%s, expected tok, or avg of normed tokens"
              .formatted(said, average ? " with final_ln_after_pool" : ""));
    }
    return Optional.of(average ? Pooling.MEAN : Pooling.CLASS_TOKEN);
  }

  /** Height and width of the images that the positions are for; empty unless both are said. */
  List<Integer> imageSize() {
    for (JsonNode size : List.of(tower().path("image_size"), timm().path("img_size"))) {
      if (size.isArray() && size.size() == 2) {
        return List.of(size.get(0).asInt(), size.get(1).asInt());
      }
    }
    return List.of();
  }
}
