package org.tiltlens.unet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;

/** The blocks of a DDPM++ network, with EDM's names. */
final class EdmLayout {
  private EdmLayout() {}

  static UnetBlocks of(EdmConfig config) {
    int last = config.widths().size() - 1;
    List<UnetBlock> input = new ArrayList<>();
    Deque<Integer> skips = new ArrayDeque<>(); // channels of the kept maps
    int width = config.noise();
    skips.push(width);
    for (int level = 0; level <= last; level++) {
      int size = config.side() >> level;
      if (level > 0) {
        String name = "enc.%dx%d_down".formatted(size, size);
        input.add(block(config, name, width, width, false, Resampling.HALVE));
        skips.push(width);
      }
      for (int i = 0; i < config.blocks(); i++) {
        int out = config.widths().get(level);
        boolean attends = config.attention().get(level);
        input.add(block(config, EdmConfig.block(size, i), width, out, attends, Resampling.NONE));
        width = out;
        skips.push(width);
      }
    }

    int coarsest = config.side() >> last;
    String middle = "dec.%dx%d_in".formatted(coarsest, coarsest);
    UnetBlock between =
        new BlockSequence(
            List.of(
                block(config, middle + 0, width, width, true, Resampling.NONE),
                block(config, middle + 1, width, width, false, Resampling.NONE)));

    List<UnetBlock> output = new ArrayList<>();
    for (int level = last; level >= 0; level--) {
      int size = config.side() >> level;
      for (int i = 0; i <= config.blocks(); i++) {
        int out = config.widths().get(level);
        boolean ends = i == config.blocks();
        boolean attends = ends && config.attention().get(level);
        String name = "dec.%dx%d_block%d".formatted(size, size, i);
        UnetBlock block = block(config, name, width + skips.pop(), out, attends, Resampling.NONE);
        width = out;
        String up = "dec.%dx%d_up".formatted(2 * size, 2 * size);
        output.add(
            ends && level > 0
                ? new BlockSequence(
                    List.of(block, block(config, up, width, width, false, Resampling.DOUBLE)))
                : block);
      }
    }
    return new UnetBlocks(input, between, output);
  }

  private static UnetBlock block(
      EdmConfig config, String name, int in, int out, boolean attends, Resampling resampling) {
    return new EdmBlock(name, in, out, config.embedding(), attends, resampling);
  }

  /** Name -> shape of every tensor of the network. */
  static Map<String, List<Long>> shapes(EdmConfig config) {
    UnetShapes shapes = new UnetShapes();
    shapes.linear("map_layer0", config.noise(), config.embedding());
    shapes.linear("map_layer1", config.embedding(), config.embedding());
    if (config.classes() > 0) {
      shapes.linear("map_label", config.classes(), config.noise());
    }
    shapes.conv2d(EdmUnet.first(config), config.channels(), config.noise(), 3);
    of(config).expect(shapes);
    shapes.norm(EdmUnet.last(config, "norm"), config.widths().get(0));
    shapes.conv2d(EdmUnet.last(config, "conv"), config.widths().get(0), config.channels(), 3);
    return shapes.all();
  }
}
