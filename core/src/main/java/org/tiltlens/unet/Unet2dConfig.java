package org.tiltlens.unet;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Iterator;
import java.util.List;
import java.util.OptionalInt;
import java.util.Set;
import java.util.stream.IntStream;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;

/**
 * The options of a {@code UNet2DModel}, the pixel network of diffusers, by the names of its {@code
 * config.json}.
 *
 * @param height and {@code width} of the images, multiples of the network's downsampling
 * @param outChannels as many as {@code inChannels}, or twice that with a learned variance
 * @param centred whether images in [0, 1] are what it is told ({@code center_input_sample}): x
 *     becomes 2 x - 1
 * @param time how it is told the timestep
 * @param levels finest first
 * @param layers residual blocks per level on the way down; one more on the way up
 * @param headWidth channels of an attention head; empty for one head over all
 * @param norms how it normalises
 * @param middleNorms before the attention of the coarsest level; null without
 * @param middleAttention whether the coarsest level has one ({@code add_attention})
 * @param scaleShift whether the timestep scales and shifts a normalised map, or is added
 * @param downsamplePadding 1: zeros on all sides of a halving convolution; 0: at the end
 * @param embedding width of the timestep embedding
 * @param classes that it can be told; 0: not class-conditional
 */
record Unet2dConfig(
    int height,
    int width,
    int inChannels,
    int outChannels,
    boolean centred,
    TimestepEmbedding time,
    List<Level> levels,
    int layers,
    OptionalInt headWidth,
    GroupNorms norms,
    GroupNorms middleNorms,
    boolean middleAttention,
    boolean scaleShift,
    int downsamplePadding,
    int embedding,
    int classes) {

  /**
   * One resolution.
   *
   * @param down what its blocks do on the way down
   * @param up and on the way up
   */
  record Level(int width, Kind down, Kind up) {}

  /**
   * One kind of block.
   *
   * @param attention whether each residual block is followed by one
   * @param residual whether a residual block changes the resolution, or a convolution
   */
  record Kind(boolean attention, boolean residual) {
    static Kind of(String type, String sampling) {
      boolean attention = type.startsWith("Attn");
      return new Kind(
          attention, type.startsWith("Resnet") || (attention && sampling.equals("resnet")));
    }
  }

  private static final int MOST_CHANNELS = 1 << 14;
  private static final int MOST_SIDE = 1 << 13;
  private static final List<Integer> USUAL_WIDTHS = List.of(224, 448, 672, 896);
  private static final List<String> DOWN =
      List.of("DownBlock2D", "AttnDownBlock2D", "ResnetDownsampleBlock2D");
  private static final List<String> UP =
      List.of("UpBlock2D", "AttnUpBlock2D", "ResnetUpsampleBlock2D");
  private static final List<String> USUAL_DOWN =
      List.of("DownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D", "AttnDownBlock2D");
  private static final List<String> USUAL_UP =
      List.of("AttnUpBlock2D", "AttnUpBlock2D", "AttnUpBlock2D", "UpBlock2D");

  /** Keys for which null says something of its own. */
  private static final Set<String> NULLS =
      Set.of(
          "attention_head_dim",
          "attn_norm_num_groups",
          "class_embed_type",
          "num_class_embeds",
          "num_train_timesteps",
          "time_embedding_dim");

  private static final Set<String> KNOWN =
      Set.of(
          "sample_size",
          "in_channels",
          "out_channels",
          "center_input_sample",
          "time_embedding_type",
          "freq_shift",
          "flip_sin_to_cos",
          "down_block_types",
          "mid_block_type",
          "up_block_types",
          "block_out_channels",
          "layers_per_block",
          "mid_block_scale_factor",
          "downsample_padding",
          "downsample_type",
          "upsample_type",
          "dropout",
          "act_fn",
          "norm_num_groups",
          "norm_eps",
          "resnet_time_scale_shift",
          "add_attention");

  Unet2dConfig {
    levels = List.copyOf(levels);
  }

  /**
   * Reads a {@code config.json}; what it leaves out is as in diffusers.
   *
   * @param latents channels of the latents that it is of; 0 for pixels
   * @throws CheckpointException if a key is unknown or has a value that is not read; one line
   */
  static Unet2dConfig of(JsonSettings config, int latents) {
    requireKnown(config);
    config.word("time_embedding_type", "positional", List.of("positional"));
    config.word("mid_block_type", "UNetMidBlock2D", List.of("UNetMidBlock2D"));
    config.word("act_fn", "silu", List.of("silu", "swish"));
    if (config.has("mid_block_scale_factor") && config.number("mid_block_scale_factor") != 1) {
      throw config.wrong("mid_block_scale_factor", "1");
    }
    if (config.has("class_embed_type")) {
      throw config.wrong("class_embed_type", "null");
    }
    List<Integer> widths = config.integers("block_out_channels", USUAL_WIDTHS, 1, MOST_CHANNELS);
    List<Level> levels = levels(config, widths);
    int groups = config.integer("norm_num_groups", 32, 1, MOST_CHANNELS);
    GroupNorms norms = new GroupNorms(groups, epsilon(config));
    boolean scaleShift =
        config
            .word("resnet_time_scale_shift", "default", List.of("default", "scale_shift"))
            .equals("scale_shift");
    Integer usualHead = config.root().has("attention_head_dim") ? null : (Integer) 8;
    OptionalInt head =
        config.has("attention_head_dim") || usualHead != null
            ? OptionalInt.of(config.integer("attention_head_dim", usualHead, 1, MOST_CHANNELS))
            : OptionalInt.empty();
    int in = config.integer("in_channels", 3, 1, MOST_CHANNELS);
    requireDivisors(config, widths, groups, head);
    return new Unet2dConfig(
        side(config, 0, levels.size()),
        side(config, 1, levels.size()),
        channels(config, in, latents),
        outChannels(config, in),
        config.flag("center_input_sample", false),
        time(config, widths.get(0)),
        levels,
        config.integer("layers_per_block", 2, 1, 100),
        head,
        norms,
        middleNorms(config, norms, scaleShift, widths.get(widths.size() - 1)),
        config.flag("add_attention", true),
        scaleShift,
        config.integer("downsample_padding", 1, 0, 1),
        config.integer("time_embedding_dim", 4 * widths.get(0), 1, 4 * MOST_CHANNELS),
        config.has("num_class_embeds")
            ? config.integer("num_class_embeds", null, 1, 1_000_000)
            : 0);
  }

  private static void requireKnown(JsonSettings config) {
    for (Iterator<String> names = config.root().fieldNames(); names.hasNext(); ) {
      String name = names.next();
      boolean isNull = config.root().get(name).isNull();
      if (NULLS.contains(name) || name.startsWith("_")) {
        continue;
      }
      if (!KNOWN.contains(name) && !isNull) {
        throw config.wrong(name, "nothing: Tiltlens does not know this key of a UNet2DModel");
      }
      if (KNOWN.contains(name) && isNull) {
        throw config.wrong(name, "a value");
      }
    }
  }

  private static List<Level> levels(JsonSettings config, List<Integer> widths) {
    List<String> down = config.words("down_block_types", USUAL_DOWN, DOWN);
    List<String> up = config.words("up_block_types", USUAL_UP, UP);
    if (widths.size() > 12) {
      throw config.wrong("block_out_channels", "at most 12 levels");
    }
    if (down.size() != widths.size() || up.size() != widths.size()) {
      throw config.wrong(
          down.size() != widths.size() ? "down_block_types" : "up_block_types",
          "one for each of the %d block_out_channels".formatted(widths.size()));
    }
    List<String> ways = List.of("conv", "resnet");
    String downsampling = config.word("downsample_type", "conv", ways);
    String upsampling = config.word("upsample_type", "conv", ways);
    return IntStream.range(0, widths.size())
        .mapToObj(
            level ->
                new Level(
                    widths.get(level),
                    Kind.of(down.get(level), downsampling),
                    Kind.of(up.get(widths.size() - 1 - level), upsampling)))
        .toList();
  }

  private static double epsilon(JsonSettings config) {
    double epsilon = config.has("norm_eps") ? config.number("norm_eps") : 1e-5;
    if (!(epsilon > 0 && epsilon < 1)) {
      throw config.wrong("norm_eps", "a number between 0 and 1");
    }
    return epsilon;
  }

  private static void requireDivisors(
      JsonSettings config, List<Integer> widths, int groups, OptionalInt head) {
    for (int width : widths) {
      if (width % groups != 0) {
        throw config.wrong("norm_num_groups", "a divisor of all block_out_channels " + widths);
      }
      if (width % head.orElse(1) != 0) {
        throw config.wrong("attention_head_dim", "a divisor of all block_out_channels " + widths);
      }
    }
  }

  /** Four channels are a VAE's. */
  private static int channels(JsonSettings config, int in, int latents) {
    if (latents > 0) {
      if (in != latents) {
        throw config.wrong("in_channels", latents + ", the latent_channels of the autoencoder");
      }
    } else if (in != 1 && in != 3) {
      throw config.wrong(
          "in_channels",
          "3 (or 1): a prior of pixels, no latent, super-resolution or inpainting model");
    }
    return in;
  }

  private static int outChannels(JsonSettings config, int in) {
    int out = config.integer("out_channels", 3, 1, MOST_CHANNELS);
    if (out != in && out != 2 * in) {
      throw config.wrong(
          "out_channels", "in_channels %d, or twice that with a learned variance".formatted(in));
    }
    return out;
  }

  private static int side(JsonSettings config, int which, int levels) {
    JsonNode node = config.root().path("sample_size");
    JsonNode side = node.isArray() && node.size() == 2 ? node.get(which) : node;
    int multiple = 1 << (levels - 1);
    boolean whole = side.isIntegralNumber() && side.canConvertToInt();
    int pixels = whole ? side.intValue() : 0;
    if (pixels < 1 || pixels > MOST_SIDE || pixels % multiple != 0) {
      throw config.wrong(
          "sample_size",
          "the images' side in pixels, a multiple of %d up to %d".formatted(multiple, MOST_SIDE));
    }
    return pixels;
  }

  private static TimestepEmbedding time(JsonSettings config, int width) {
    double shift = config.has("freq_shift") ? config.number("freq_shift") : 0;
    if (!(shift >= 0 && shift < width / 2.0)) {
      throw config.wrong(
          "freq_shift", "a number from 0 to below half of the first level's channels");
    }
    if (width % 2 != 0) {
      throw config.wrong("block_out_channels", "an even number of channels first");
    }
    return new TimestepEmbedding(config.flag("flip_sin_to_cos", true), shift);
  }

  /** diffusers leaves the middle attention's out where the timestep scales and shifts. */
  private static GroupNorms middleNorms(
      JsonSettings config, GroupNorms norms, boolean scaleShift, int width) {
    if (!config.has("attn_norm_num_groups")) {
      return scaleShift ? null : norms;
    }
    int groups = config.integer("attn_norm_num_groups", null, 1, MOST_CHANNELS);
    if (width % groups != 0) {
      throw config.wrong("attn_norm_num_groups", "a divisor of the last block_out_channels");
    }
    return new GroupNorms(groups, norms.epsilon());
  }

  /** Heads of an attention over so many channels. */
  int heads(int channels) {
    return channels / headWidth.orElse(channels);
  }
}
