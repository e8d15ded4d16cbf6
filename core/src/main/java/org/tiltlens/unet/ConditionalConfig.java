package org.tiltlens.unet;

import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;

/**
 * Reads the {@code config.json} of a {@code UNet2DConditionModel}: what its tensors do not show;
 * what they do is not asked of it.
 */
final class ConditionalConfig {
  private static final int MOST = 1 << 14;

  /** What the tensors show. */
  private static final Set<String> SHOWN =
      Set.of(
          "sample_size",
          "in_channels",
          "out_channels",
          "down_block_types",
          "up_block_types",
          "block_out_channels",
          "layers_per_block",
          "cross_attention_dim",
          "transformer_layers_per_block",
          "use_linear_projection",
          "resnet_time_scale_shift",
          "num_class_embeds",
          "time_embedding_dim",
          "dropout",
          "conv_in_kernel",
          "conv_out_kernel",
          "upcast_attention",
          "addition_embed_type_num_heads",
          "cross_attention_norm",
          "mid_block_type");

  private static final Set<String> READ =
      Set.of(
          "attention_head_dim",
          "num_attention_heads",
          "norm_num_groups",
          "norm_eps",
          "flip_sin_to_cos",
          "freq_shift",
          "center_input_sample",
          "downsample_padding",
          "act_fn",
          "time_embedding_type",
          "attention_type");

  /** Keys that may say nothing else than what they do where they are left out. */
  private static final Map<String, List<String>> ONLY =
      Map.ofEntries(
          Map.entry("mid_block_scale_factor", List.of("1", "1.0")),
          Map.entry("resnet_out_scale_factor", List.of("1", "1.0")),
          Map.entry("only_cross_attention", List.of("false")),
          Map.entry("dual_cross_attention", List.of("false")),
          Map.entry("class_embeddings_concat", List.of("false")),
          Map.entry("resnet_skip_time_act", List.of("false")),
          Map.entry("mid_block_only_cross_attention", List.of("false")));

  private static final List<String> BLOCKS =
      List.of(
          "CrossAttnDownBlock2D",
          "DownBlock2D",
          "ResnetDownsampleBlock2D",
          "CrossAttnUpBlock2D",
          "UpBlock2D",
          "ResnetUpsampleBlock2D");

  private ConditionalConfig() {}

  /**
   * Reads it; what it leaves out is as in diffusers.
   *
   * @throws CheckpointException if a key is unknown or has a value that is not read; one line
   */
  static ConditionalUnet.Said of(JsonSettings config) {
    requireKnown(config);
    config.word("act_fn", "silu", List.of("silu", "swish"));
    config.word("time_embedding_type", "positional", List.of("positional"));
    config.word("attention_type", "default", List.of("default"));
    config.word("mid_block_type", "UNetMidBlock2DCrossAttn", List.of("UNetMidBlock2DCrossAttn"));
    config.words("down_block_types", List.of("DownBlock2D"), BLOCKS);
    config.words("up_block_types", List.of("UpBlock2D"), BLOCKS);
    double shift = config.has("freq_shift") ? config.number("freq_shift") : 0;
    if (!(shift >= 0 && shift <= 1)) {
      throw config.wrong("freq_shift", "a number from 0 to 1");
    }
    double epsilon = config.has("norm_eps") ? config.number("norm_eps") : 1e-5;
    if (!(epsilon > 0 && epsilon < 1)) {
      throw config.wrong("norm_eps", "a number between 0 and 1");
    }
    return new ConditionalUnet.Said(
        heads(config),
        new GroupNorms(config.integer("norm_num_groups", 32, 1, MOST), epsilon),
        new TimestepEmbedding(config.flag("flip_sin_to_cos", true), shift),
        config.flag("center_input_sample", false),
        config.integer("downsample_padding", 1, 0, 1) == 1);
  }

  /** {@code attention_head_dim} holds the number of heads, whatever its name. */
  private static TransformerHeads heads(JsonSettings config) {
    String key = config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
    List<Integer> counts =
        config.root().path(key).isArray()
            ? config.integers(key, null, 1, MOST)
            : Collections.nCopies(1, config.integer(key, 8, 1, MOST));
    return new TransformerHeads(counts, -1);
  }

  private static void requireKnown(JsonSettings config) {
    for (Iterator<String> names = config.root().fieldNames(); names.hasNext(); ) {
      String name = names.next();
      boolean said =
          !name.startsWith("_") && !config.root().get(name).isNull() && !SHOWN.contains(name);
      if (!said || READ.contains(name)) {
        continue;
      }
      List<String> only = ONLY.get(name);
      if (only == null) {
        throw config.wrong(
            name, "nothing: Tiltlens does not read this key of a UNet2DConditionModel");
      }
      if (!only.contains(config.root().get(name).toString())) {
        throw config.wrong(name, only.get(0));
      }
    }
  }
}
