package org.tiltlens.unet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** The blocks of a {@code UNet2DModel}, with diffusers' names. */
final class Unet2dLayout {
  private Unet2dLayout() {}

  static UnetBlocks of(Unet2dConfig config) {
    int last = config.levels().size() - 1;
    List<UnetBlock> input = new ArrayList<>();
    Deque<Integer> skips = new ArrayDeque<>(); // channels of the kept maps
    int width = config.levels().get(0).width();
    skips.push(width);
    for (int level = 0; level <= last; level++) {
      Unet2dConfig.Level now = config.levels().get(level);
      String name = "down_blocks." + level;
      for (int i = 0; i < config.layers(); i++) {
        input.add(block(config, name, i, width, now.width(), now.down()));
        width = now.width();
        skips.push(width);
      }
      if (level < last) {
        input.add(resampling(config, name, width, now.down(), Resampling.HALVE));
        skips.push(width);
      }
    }

    List<UnetBlock> middle = new ArrayList<>();
    middle.add(residual(config, "mid_block.resnets.0", width, width, Resampling.NONE));
    if (config.middleAttention()) {
      middle.add(attention(config, "mid_block.attentions.0", width, config.middleNorms()));
    }
    middle.add(residual(config, "mid_block.resnets.1", width, width, Resampling.NONE));

    List<UnetBlock> output = new ArrayList<>();
    for (int level = last; level >= 0; level--) {
      Unet2dConfig.Level now = config.levels().get(level);
      String name = "up_blocks." + (last - level);
      for (int i = 0; i <= config.layers(); i++) {
        UnetBlock block = block(config, name, i, width + skips.pop(), now.width(), now.up());
        width = now.width();
        output.add(
            level > 0 && i == config.layers()
                ? new BlockSequence(
                    List.of(block, resampling(config, name, width, now.up(), Resampling.DOUBLE)))
                : block);
      }
    }
    return new UnetBlocks(input, new BlockSequence(middle), output);
  }

  private static UnetBlock block(
      Unet2dConfig config, String level, int i, int in, int out, Unet2dConfig.Kind kind) {
    UnetBlock residual = residual(config, level + ".resnets." + i, in, out, Resampling.NONE);
    return kind.attention()
        ? new BlockSequence(
            List.of(residual, attention(config, level + ".attentions." + i, out, config.norms())))
        : residual;
  }

  private static UnetBlock resampling(
      Unet2dConfig config, String level, int width, Unet2dConfig.Kind kind, Resampling how) {
    String name = level + (how == Resampling.HALVE ? ".downsamplers.0" : ".upsamplers.0");
    return kind.residual()
        ? residual(config, name, width, width, how)
        : new ResampleBlock(name + ".conv", width, how, true, config.downsamplePadding() == 1);
  }

  private static UnetBlock residual(
      Unet2dConfig config, String name, int in, int out, Resampling resampling) {
    return new ResBlock(
        ResNames.DIFFUSERS,
        config.norms(),
        name,
        in,
        out,
        config.embedding(),
        config.scaleShift(),
        resampling);
  }

  private static UnetBlock attention(
      Unet2dConfig config, String name, int width, GroupNorms norms) {
    return new SplitAttentionBlock(name, width, config.heads(width), norms);
  }

  /** Name -> shape of every tensor of the network. */
  static Map<String, List<Long>> shapes(Unet2dConfig config) {
    UnetShapes shapes = new UnetShapes();
    int width = config.levels().get(0).width();
    shapes.linear("time_embedding.linear_1", width, config.embedding());
    shapes.linear("time_embedding.linear_2", config.embedding(), config.embedding());
    if (config.classes() > 0) {
      shapes.embedding("class_embedding", config.classes(), config.embedding());
    }
    shapes.conv2d("conv_in", config.inChannels(), width, 3);
    of(config).expect(shapes);
    shapes.norm("conv_norm_out", width);
    shapes.conv2d("conv_out", width, config.outChannels(), 3);
    return shapes.all();
  }
}
