package org.tiltlens.unet;

import java.util.ArrayList;
import java.util.List;
import org.tiltlens.checkpoint.CheckpointException;

/**
 * The blocks of an {@link AutoencoderKl}, as its layers show them.
 *
 * @param layers its convolutions and linear layers
 * @param norms how it normalises, which they do not show
 */
record AutoencoderLayout(LayerShapes layers, GroupNorms norms) {
  private static final String SHORTCUT = ".conv_shortcut";

  /** Levels of resolution, each half of the one before. */
  int levels() {
    return layers.count("encoder.down_blocks.", ".resnets.0.conv1");
  }

  /** How many pixels of a side become one. */
  int downsampling() {
    return 1 << (levels() - 1);
  }

  /** Channels of the images. */
  int images() {
    return layers.in("encoder.conv_in");
  }

  /** Channels of the latents. */
  int latents() {
    return layers.has("post_quant_conv")
        ? layers.in("post_quant_conv")
        : layers.in("decoder.conv_in");
  }

  /** What lies between the first convolution and the last norm of the encoder. */
  BlockSequence encoder() {
    List<UnetBlock> blocks = new ArrayList<>();
    int width = layers.out("encoder.conv_in");
    for (int level = 0; level < levels(); level++) {
      String name = "encoder.down_blocks." + level;
      width = level(blocks, name, width);
      if (level < levels() - 1) {
        blocks.add(resampling(name + ".downsamplers.0.conv", width, Resampling.HALVE));
      }
    }
    middle(blocks, "encoder.mid_block", width);
    return new BlockSequence(blocks);
  }

  /** The same of the decoder. */
  BlockSequence decoder() {
    List<UnetBlock> blocks = new ArrayList<>();
    int width = layers.out("decoder.conv_in");
    middle(blocks, "decoder.mid_block", width);
    for (int up = 0; up < levels(); up++) {
      String name = "decoder.up_blocks." + up;
      width = level(blocks, name, width);
      if (up < levels() - 1) {
        blocks.add(resampling(name + ".upsamplers.0.conv", width, Resampling.DOUBLE));
      }
    }
    return new BlockSequence(blocks);
  }

  /** Channels of the decoder's last maps. */
  private int last() {
    int width = layers.out("decoder.conv_in");
    for (int up = 0; up < levels(); up++) {
      String name = "decoder.up_blocks." + up + ".resnets.";
      width = layers.count(name, ".conv1") > 0 ? layers.out(name + "0.conv1") : width;
    }
    return width;
  }

  /** Adds the blocks of a level; returns its channels. */
  private int level(List<UnetBlock> blocks, String name, int in) {
    int width = in;
    for (int i = 0; i < layers.count(name + ".resnets.", ".conv1"); i++) {
      width = residual(blocks, name + ".resnets." + i, width);
      if (layers.has(name + ".attentions." + i + ".to_q")) {
        blocks.add(new SplitAttentionBlock(name + ".attentions." + i, width, 1, norms(width)));
      }
    }
    return width;
  }

  private void middle(List<UnetBlock> blocks, String name, int width) {
    residual(blocks, name + ".resnets.0", width);
    if (layers.has(name + ".attentions.0.to_q")) {
      blocks.add(new SplitAttentionBlock(name + ".attentions.0", width, 1, norms(width)));
    }
    residual(blocks, name + ".resnets.1", width);
  }

  private int residual(List<UnetBlock> blocks, String name, int in) {
    int out = layers.has(name + ".conv1") ? layers.out(name + ".conv1") : in;
    norms(in);
    blocks.add(
        new ResBlock(
            ResNames.DIFFUSERS,
            norms(out),
            name,
            in,
            out,
            0,
            false,
            Resampling.NONE,
            layers.kernel(name + SHORTCUT)));
    return out;
  }

  private GroupNorms norms(int width) {
    if (width < 1 || width % norms.groups() != 0) {
      throw new CheckpointException(
          "%s normalises %d channels, which %d groups do not share: expected other 'norm_num_groups'"
              .formatted(layers.source(), width, norms.groups()));
    }
    return norms;
  }

  private ResampleBlock resampling(String name, int width, Resampling how) {
    return new ResampleBlock(name, width, how, layers.has(name), false);
  }

  /** What it needs. */
  UnetShapes shapes() {
    UnetShapes shapes = new UnetShapes();
    int latents = latents();
    int inner = layers.in("decoder.conv_in");
    shapes.conv2d("encoder.conv_in", images(), layers.out("encoder.conv_in"), 3);
    encoder().expect(shapes);
    int coarsest = layers.in("encoder.conv_out");
    shapes.norm("encoder.conv_norm_out", coarsest);
    shapes.conv2d("encoder.conv_out", coarsest, 2L * inner, 3);
    if (layers.has("quant_conv")) {
      shapes.conv2d("quant_conv", 2L * inner, 2L * latents, 1);
    }
    if (layers.has("post_quant_conv")) {
      shapes.conv2d("post_quant_conv", latents, inner, 1);
    }
    shapes.conv2d("decoder.conv_in", inner, layers.out("decoder.conv_in"), 3);
    decoder().expect(shapes);
    shapes.norm("decoder.conv_norm_out", last());
    shapes.conv2d("decoder.conv_out", last(), images(), 3);
    return shapes;
  }
}
