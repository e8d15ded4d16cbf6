package org.tiltlens.unet;

import java.util.ArrayList;
import java.util.List;
import org.tiltlens.checkpoint.CheckpointException;

/**
 * The blocks of an {@link AutoencoderKl}, as its tensors show them.
 *
 * @param network its tensors
 * @param norms how it normalises, which they do not show
 */
record AutoencoderLayout(StoredNetwork network, GroupNorms norms) {
  private static final String SHORTCUT = ".conv_shortcut";

  /** Levels of resolution, each half of the one before. */
  int levels() {
    return network.count("encoder.down_blocks.", ".resnets.0.conv1");
  }

  /** How many pixels of a side become one. */
  int downsampling() {
    return 1 << (levels() - 1);
  }

  /** Channels of the images. */
  int images() {
    return network.in("encoder.conv_in");
  }

  /** Channels of the latents. */
  int latents() {
    return network.has("post_quant_conv")
        ? network.in("post_quant_conv")
        : network.in("decoder.conv_in");
  }

  /** What lies between the first convolution and the last norm of the encoder. */
  BlockSequence encoder() {
    List<UnetBlock> blocks = new ArrayList<>();
    int width = network.out("encoder.conv_in");
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
    int width = network.out("decoder.conv_in");
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
    int width = network.out("decoder.conv_in");
    for (int up = 0; up < levels(); up++) {
      String name = "decoder.up_blocks." + up + ".resnets.";
      width = network.count(name, ".conv1") > 0 ? network.out(name + "0.conv1") : width;
    }
    return width;
  }

  /** Adds the blocks of a level; returns its channels. */
  private int level(List<UnetBlock> blocks, String name, int in) {
    int width = in;
    for (int i = 0; i < network.count(name + ".resnets.", ".conv1"); i++) {
      width = residual(blocks, name + ".resnets." + i, width);
      if (network.has(name + ".attentions." + i + ".to_q")) {
        blocks.add(new SplitAttentionBlock(name + ".attentions." + i, width, 1, norms(width)));
      }
    }
    return width;
  }

  private void middle(List<UnetBlock> blocks, String name, int width) {
    residual(blocks, name + ".resnets.0", width);
    if (network.has(name + ".attentions.0.to_q")) {
      blocks.add(new SplitAttentionBlock(name + ".attentions.0", width, 1, norms(width)));
    }
    residual(blocks, name + ".resnets.1", width);
  }

  private int residual(List<UnetBlock> blocks, String name, int in) {
    int out = network.has(name + ".conv1") ? network.out(name + ".conv1") : in;
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
            network.kernel(name + SHORTCUT)));
    return out;
  }

  private GroupNorms norms(int width) {
    if (width < 1 || width % norms.groups() != 0) {
      throw new CheckpointException(
          "%s normalises %d channels, which %d groups do not share: expected other 'norm_num_groups'"
              .formatted(network.store().source(), width, norms.groups()));
    }
    return norms;
  }

  private ResampleBlock resampling(String name, int width, Resampling how) {
    return new ResampleBlock(name, width, how, network.has(name), false);
  }

  /** What it needs. */
  UnetShapes shapes() {
    UnetShapes shapes = new UnetShapes();
    int latents = latents();
    int inner = network.in("decoder.conv_in");
    shapes.conv2d("encoder.conv_in", images(), network.out("encoder.conv_in"), 3);
    encoder().expect(shapes);
    int coarsest = network.in("encoder.conv_out");
    shapes.norm("encoder.conv_norm_out", coarsest);
    shapes.conv2d("encoder.conv_out", coarsest, 2L * inner, 3);
    if (network.has("quant_conv")) {
      shapes.conv2d("quant_conv", 2L * inner, 2L * latents, 1);
    }
    if (network.has("post_quant_conv")) {
      shapes.conv2d("post_quant_conv", latents, inner, 1);
    }
    shapes.conv2d("decoder.conv_in", inner, network.out("decoder.conv_in"), 3);
    decoder().expect(shapes);
    shapes.norm("decoder.conv_norm_out", last());
    shapes.conv2d("decoder.conv_out", last(), images(), 3);
    return shapes;
  }
}
