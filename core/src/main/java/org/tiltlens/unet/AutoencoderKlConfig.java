package org.tiltlens.unet;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The shape of an {@link AutoencoderKl} of colour images, as latent diffusion builds them: self-
 * attention at its coarsest level alone.
 *
 * @param channels of each level, the finest first ({@code block_out_channels}); each level has half
 *     the side of the one before
 * @param resBlocks residual blocks of a level of the encoder, 1 to 16; the decoder has one more
 *     ({@code layers_per_block})
 * @param latentChannels of the latents, 1 to 512
 * @param groups of its normalisations ({@code norm_num_groups}), which divide all channels
 */
public record AutoencoderKlConfig(
    List<Integer> channels, int resBlocks, int latentChannels, int groups) {
  private static final int MOST_LEVELS = 8;
  private static final int MOST_CHANNELS = 1 << 12;

  public AutoencoderKlConfig {
    channels = List.copyOf(channels);
    require(
        !channels.isEmpty() && channels.size() <= MOST_LEVELS,
        "levels",
        channels.size(),
        "1 to " + MOST_LEVELS);
    require(resBlocks >= 1 && resBlocks <= 16, "residual blocks", resBlocks, "1 to 16");
    require(
        latentChannels >= 1 && latentChannels <= 512,
        "latent channels",
        latentChannels,
        "1 to 512");
    require(groups >= 1, "groups", groups, "at least 1");
    for (int width : channels) {
      require(
          width >= groups && width <= MOST_CHANNELS && width % groups == 0,
          "channels",
          width,
          "a multiple of the %d groups of its norms, at most %d".formatted(groups, MOST_CHANNELS));
    }
  }

  private static void require(boolean holds, String name, int value, String expected) {
    if (!holds) {
      throw new IllegalArgumentException(name + ": " + value + ", must be " + expected);
    }
  }

  /** How many pixels of a side become one. */
  public int downsampling() {
    return 1 << (channels.size() - 1);
  }

  /**
   * The settings beside its weights in a folder of diffusers, {@code config.json}.
   *
   * @param factor that latents are scaled by ({@code scaling_factor})
   * @param side of the images that it was trained on ({@code sample_size})
   */
  public Map<String, Object> settings(double factor, int side) {
    int levels = channels.size();
    Map<String, Object> settings = new LinkedHashMap<>();
    settings.put("_class_name", DiffusersAutoencoder.CLASS);
    settings.put("act_fn", "silu");
    settings.put("block_out_channels", channels);
    settings.put("down_block_types", repeated("DownEncoderBlock2D", levels));
    settings.put("up_block_types", repeated("UpDecoderBlock2D", levels));
    settings.put("in_channels", 3);
    settings.put("out_channels", 3);
    settings.put("latent_channels", latentChannels);
    settings.put("layers_per_block", resBlocks);
    settings.put("norm_num_groups", groups);
    settings.put("sample_size", side);
    settings.put("scaling_factor", factor);
    return settings;
  }

  private static List<String> repeated(String word, int times) {
    return IntStream.range(0, times).mapToObj(i -> word).toList();
  }

  /** The layers that tell {@link AutoencoderLayout} all others. */
  LayerShapes layers() {
    Map<String, List<Long>> layers = new LinkedHashMap<>();
    int coarsest = channels.get(channels.size() - 1);
    conv(layers, "encoder.conv_in", 3, channels.get(0));
    half(layers, "encoder.down_blocks.", ".downsamplers.0.conv", channels, resBlocks);
    conv(layers, "encoder.mid_block.attentions.0.to_q", coarsest, coarsest);
    conv(layers, "encoder.conv_out", coarsest, 2 * latentChannels);
    conv(layers, "quant_conv", 2 * latentChannels, 2 * latentChannels);
    conv(layers, "post_quant_conv", latentChannels, latentChannels);
    conv(layers, "decoder.conv_in", latentChannels, coarsest);
    conv(layers, "decoder.mid_block.attentions.0.to_q", coarsest, coarsest);
    List<Integer> up =
        IntStream.range(0, channels.size())
            .mapToObj(i -> channels.get(channels.size() - 1 - i))
            .toList();
    half(layers, "decoder.up_blocks.", ".upsamplers.0.conv", up, resBlocks + 1);
    return new LayerShapes() {
      @Override
      public String source() {
        return "an autoencoder of " + channels + " channels";
      }

      @Override
      public Optional<List<Long>> weight(String layer) {
        return Optional.ofNullable(layers.get(layer));
      }
    };
  }

  private static void half(
      Map<String, List<Long>> layers,
      String name,
      String resampling,
      List<Integer> widths,
      int blocks) {
    int in = widths.get(0);
    for (int level = 0; level < widths.size(); level++) {
      int width = widths.get(level);
      for (int i = 0; i < blocks; i++) {
        conv(layers, name + level + ".resnets." + i + ".conv1", in, width);
        in = width;
      }
      if (level < widths.size() - 1) {
        conv(layers, name + level + resampling, width, width);
      }
    }
  }

  /** What goes in and comes out; the side of its kernel the layout knows. */
  private static void conv(Map<String, List<Long>> layers, String name, long in, long out) {
    layers.put(name, List.of(out, in));
  }
}
