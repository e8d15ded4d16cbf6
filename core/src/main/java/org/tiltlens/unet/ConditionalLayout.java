package org.tiltlens.unet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.tiltlens.checkpoint.CheckpointException;

/**
 * The blocks of a {@link ConditionalUnet}, as its tensors show them.
 *
 * @param network its tensors
 * @param said what they do not show
 */
record ConditionalLayout(StoredNetwork network, ConditionalUnet.Said said) {
  private static final String CONV1 = ".conv1";
  private static final String RESNETS = ".resnets.";

  /** Levels of resolution, each half of the one before. */
  int levels() {
    return network.count("down_blocks.", ".resnets.0.conv1");
  }

  /** Channels of what it is given. */
  int in() {
    return network.in("conv_in");
  }

  /** Channels of what it says. */
  int out() {
    return network.out("conv_out");
  }

  /** Channels of the first map. */
  int width() {
    return network.out("conv_in");
  }

  /** Width of the timestep's embedding. */
  int embedding() {
    return network.out("time_embedding.linear_1");
  }

  /** Classes that it can be told; 0: none. */
  int classes() {
    return network.has("class_embedding") ? network.out("class_embedding") : 0;
  }

  /** Channels of the context; 0: it is told none. */
  int context() {
    String layer = ".transformer_blocks.0.attn2.to_k";
    for (int level = 0; level < levels(); level++) {
      for (int i = 0; i < blocks("down_blocks." + level); i++) {
        String name = "down_blocks." + level + ".attentions." + i;
        if (network.has(name + layer)) {
          return network.in(name + layer);
        }
      }
    }
    return network.in("mid_block.attentions.0" + layer);
  }

  private int blocks(String level) {
    return network.count(level + RESNETS, CONV1);
  }

  UnetBlocks blocks() {
    int last = levels() - 1;
    List<UnetBlock> input = new ArrayList<>();
    Deque<Integer> skips = new ArrayDeque<>(); // channels of the kept maps
    int width = width();
    skips.push(width);
    for (int level = 0; level <= last; level++) {
      String name = "down_blocks." + level;
      for (int i = 0; i < blocks(name); i++) {
        List<UnetBlock> both = new ArrayList<>();
        width = residual(both, name + RESNETS + i, width);
        attention(both, name + ".attentions." + i, width, level);
        input.add(new BlockSequence(both));
        skips.push(width);
      }
      if (level < last) {
        input.add(resampling(name + ".downsamplers.0", width, Resampling.HALVE));
        skips.push(width);
      }
    }

    List<UnetBlock> middle = new ArrayList<>();
    for (int i = 0; i < blocks("mid_block"); i++) {
      width = residual(middle, "mid_block" + RESNETS + i, width);
      attention(middle, "mid_block.attentions." + i, width, last);
    }

    List<UnetBlock> output = new ArrayList<>();
    for (int level = last; level >= 0; level--) {
      String name = "up_blocks." + (last - level);
      int blocks = blocks(name);
      for (int i = 0; i < blocks; i++) {
        List<UnetBlock> both = new ArrayList<>();
        if (skips.isEmpty()) {
          throw new CheckpointException(
              "%s has more blocks on the way up than maps on the way down: expected one more a level"
                  .formatted(network.store().source()));
        }
        width = residual(both, name + RESNETS + i, width + skips.pop());
        attention(both, name + ".attentions." + i, width, level);
        if (level > 0 && i == blocks - 1) {
          both.add(resampling(name + ".upsamplers.0", width, Resampling.DOUBLE));
        }
        output.add(new BlockSequence(both));
      }
    }
    return new UnetBlocks(input, new BlockSequence(middle), output);
  }

  private int residual(List<UnetBlock> blocks, String name, int in) {
    int out = network.out(name + CONV1);
    blocks.add(residual(name, in, out, Resampling.NONE));
    return out;
  }

  private ResBlock residual(String name, int in, int out, Resampling resampling) {
    requireGroups(in);
    requireGroups(out);
    return new ResBlock(
        ResNames.DIFFUSERS,
        said.norms(),
        name,
        in,
        out,
        embedding(),
        network.out(name + ".time_emb_proj") == 2 * out,
        resampling,
        network.kernel(name + ".conv_shortcut"));
  }

  private void attention(List<UnetBlock> blocks, String name, int width, int level) {
    if (!network.has(name + ".proj_in")) {
      return;
    }
    String first = name + ".transformer_blocks.0";
    int inner = network.out(first + ".attn1.to_q");
    blocks.add(
        new SpatialTransformer(
            name,
            width,
            said.norms().groups(),
            inner,
            said.heads().of(level, inner),
            context(),
            network.count(name + ".transformer_blocks.", ".norm1"),
            network.in(first + ".ff.net.2")));
  }

  private UnetBlock resampling(String name, int width, Resampling how) {
    return network.has(name + CONV1)
        ? residual(name, width, width, how)
        : new ResampleBlock(
            name + ".conv", width, how, network.has(name + ".conv"), said.centredHalving());
  }

  private void requireGroups(int width) {
    if (width < 1 || width % said.norms().groups() != 0) {
      throw new CheckpointException(
          "%s normalises %d channels, which %d groups do not share: expected other 'norm_num_groups'"
              .formatted(network.store().source(), width, said.norms().groups()));
    }
  }

  /** What it needs. */
  UnetShapes shapes() {
    if (levels() < 1 || levels() > 12 || width() < 2 || width() % 2 != 0) {
      throw new CheckpointException(
          "%s holds a network of %d levels and %d channels, expected 1 to 12 levels of an even number"
              .formatted(network.store().source(), levels(), width()));
    }
    UnetShapes shapes = new UnetShapes();
    shapes.linear("time_embedding.linear_1", width(), embedding());
    shapes.linear("time_embedding.linear_2", embedding(), embedding());
    if (classes() > 0) {
      shapes.embedding("class_embedding", classes(), embedding());
    }
    shapes.conv2d("conv_in", in(), width(), 3);
    blocks().expect(shapes);
    int last = network.in("conv_out");
    shapes.norm("conv_norm_out", last);
    shapes.conv2d("conv_out", last, out(), 3);
    return shapes;
  }
}
