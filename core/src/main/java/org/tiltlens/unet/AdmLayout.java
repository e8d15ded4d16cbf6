package org.tiltlens.unet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** The blocks of an ADM UNet, from {@code input_blocks.1}, with the checkpoint's names. */
final class AdmLayout {
  private AdmLayout() {}

  static UnetBlocks of(AdmUnetConfig config) {
    int levels = config.levels();
    List<UnetBlock> input = new ArrayList<>();
    Deque<Integer> skips = new ArrayDeque<>(); // channels of the kept maps
    int width = config.width(0);
    skips.push(width);
    for (int level = 0; level < levels; level++) {
      for (int i = 0; i < config.numResBlocks(); i++) {
        String name = "input_blocks." + (input.size() + 1);
        List<UnetBlock> blocks = new ArrayList<>();
        blocks.add(residual(config, name + ".0", width, config.width(level), Resampling.NONE));
        width = config.width(level);
        if (config.attentionAt(level)) {
          blocks.add(attention(config, name + ".1", width, false));
        }
        input.add(new BlockSequence(blocks));
        skips.push(width);
      }
      if (level < levels - 1) {
        String name = "input_blocks." + (input.size() + 1) + ".0";
        input.add(resampling(config, name, ".op", width, Resampling.HALVE));
        skips.push(width);
      }
    }

    UnetBlock middle =
        new BlockSequence(
            List.of(
                residual(config, "middle_block.0", width, width, Resampling.NONE),
                attention(config, "middle_block.1", width, false),
                residual(config, "middle_block.2", width, width, Resampling.NONE)));

    List<UnetBlock> output = new ArrayList<>();
    for (int level = levels - 1; level >= 0; level--) {
      for (int i = 0; i <= config.numResBlocks(); i++) {
        String name = "output_blocks." + output.size() + ".";
        List<UnetBlock> blocks = new ArrayList<>();
        int joined = width + skips.pop();
        blocks.add(residual(config, name + 0, joined, config.width(level), Resampling.NONE));
        width = config.width(level);
        if (config.attentionAt(level)) {
          blocks.add(attention(config, name + 1, width, true));
        }
        if (level > 0 && i == config.numResBlocks()) {
          blocks.add(resampling(config, name + blocks.size(), ".conv", width, Resampling.DOUBLE));
        }
        output.add(new BlockSequence(blocks));
      }
    }
    return new UnetBlocks(input, middle, output);
  }

  private static UnetBlock residual(
      AdmUnetConfig config, String name, int in, int out, Resampling resampling) {
    return new ResBlock(
        ResNames.ADM,
        GroupNorms.ADM,
        name,
        in,
        out,
        config.embeddingWidth(),
        config.useScaleShiftNorm(),
        resampling);
  }

  private static UnetBlock attention(AdmUnetConfig config, String name, int width, boolean up) {
    AttentionHeads heads = config.heads();
    return new AttentionBlock(name, width, heads.of(width, up), heads.newOrder());
  }

  private static UnetBlock resampling(
      AdmUnetConfig config, String name, String layer, int width, Resampling resampling) {
    return config.resblockUpdown()
        ? residual(config, name, width, width, resampling)
        : new ResampleBlock(name + layer, width, resampling, config.convResample());
  }

  /** Name -> shape of every tensor of the network. */
  static Map<String, List<Long>> shapes(AdmUnetConfig config) {
    UnetShapes shapes = new UnetShapes();
    int embedding = config.embeddingWidth();
    shapes.linear("time_embed.0", config.modelChannels(), embedding);
    shapes.linear("time_embed.2", embedding, embedding);
    if (config.numClasses() > 0) {
      shapes.embedding("label_emb", config.numClasses(), embedding);
    }
    shapes.conv2d("input_blocks.0.0", config.networkInChannels(), config.width(0), 3);
    of(config).expect(shapes);
    shapes.norm("out.0", config.width(0));
    shapes.conv2d("out.2", config.width(0), config.networkOutChannels(), 3);
    return shapes.all();
  }
}
