package org.tiltlens.unet;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The blocks of a DDPM++ or NCSN++ network, with EDM's names.
 *
 * @param down the way down, finest level first
 * @param middle between
 * @param up the way up, coarsest level first
 */
record EdmLayout(EdmConfig config, List<Level> down, List<EdmBlock> middle, List<Level> up) {
  /**
   * One level.
   *
   * @param size pixels of a side
   * @param resampling the block that leads into it; none where the way begins
   */
  record Level(int size, Optional<EdmBlock> resampling, List<EdmBlock> blocks) {}

  /** A layer beside the blocks of a level. */
  static String aside(String way, int size, String layer) {
    return "%s.%dx%d_aux_%s".formatted(way, size, size, layer);
  }

  /** The filter of a layer that changes the resolution of what is beside. */
  static String asideFilter(String way, int size, String layer) {
    return aside(way, size, layer) + ".resample_filter";
  }

  static EdmLayout of(EdmConfig config) {
    int last = config.widths().size() - 1;
    List<Level> down = new ArrayList<>();
    Deque<Integer> skips = new ArrayDeque<>(); // channels of the kept maps
    int width = config.base();
    skips.push(width);
    for (int level = 0; level <= last; level++) {
      int size = config.side() >> level;
      Optional<EdmBlock> halving = Optional.empty();
      if (level > 0) {
        String name = "enc.%dx%d_down".formatted(size, size);
        halving = Optional.of(block(config, name, width, width, false, Resampling.HALVE));
        skips.push(width);
      }
      List<EdmBlock> blocks = new ArrayList<>();
      for (int i = 0; i < config.blocks(); i++) {
        int out = config.widths().get(level);
        boolean attends = config.attention().get(level);
        blocks.add(block(config, EdmConfig.block(size, i), width, out, attends, Resampling.NONE));
        width = out;
        skips.push(width);
      }
      down.add(new Level(size, halving, blocks));
    }

    int coarsest = config.side() >> last;
    String between = "dec.%dx%d_in".formatted(coarsest, coarsest);
    List<EdmBlock> middle =
        List.of(
            block(config, between + 0, width, width, true, Resampling.NONE),
            block(config, between + 1, width, width, false, Resampling.NONE));

    List<Level> up = new ArrayList<>();
    for (int level = last; level >= 0; level--) {
      int size = config.side() >> level;
      Optional<EdmBlock> doubling = Optional.empty();
      if (level < last) {
        String name = "dec.%dx%d_up".formatted(size, size);
        doubling = Optional.of(block(config, name, width, width, false, Resampling.DOUBLE));
      }
      List<EdmBlock> blocks = new ArrayList<>();
      for (int i = 0; i <= config.blocks(); i++) {
        int out = config.widths().get(level);
        boolean attends = i == config.blocks() && config.attention().get(level);
        String name = "dec.%dx%d_block%d".formatted(size, size, i);
        blocks.add(block(config, name, width + skips.pop(), out, attends, Resampling.NONE));
        width = out;
      }
      up.add(new Level(size, doubling, blocks));
    }
    return new EdmLayout(config, down, middle, up);
  }

  private static EdmBlock block(
      EdmConfig config, String name, int in, int out, boolean attends, Resampling resampling) {
    return new EdmBlock(name, in, out, config.embedding(), attends, resampling, config.filter());
  }

  /** Whether a level of the way up says a part of the image. */
  boolean says(Level level) {
    return config.skipsOut() || level.size() == config.side();
  }

  /** Name -> shape of every tensor of the network. */
  static Map<String, List<Long>> shapes(EdmConfig config) {
    EdmLayout layout = of(config);
    UnetShapes shapes = new UnetShapes();
    shapes.linear("map_layer0", config.noise(), config.embedding());
    shapes.linear("map_layer1", config.embedding(), config.embedding());
    if (config.classes() > 0) {
      shapes.linear("map_label", config.classes(), config.noise());
    }
    if (config.fourier()) {
      shapes.constant(EdmUnet.FREQUENCIES, config.noise() / 2);
    }
    shapes.conv2d(EdmUnet.first(config), config.channels(), config.base(), 3);
    layout.down.forEach(level -> layout.expectDown(level, shapes));
    layout.middle.forEach(block -> block.expect(shapes));
    layout.up.forEach(level -> layout.expectUp(level, shapes));
    return shapes.all();
  }

  private void expectDown(Level level, UnetShapes shapes) {
    level.resampling.ifPresent(
        halving -> {
          halving.expect(shapes);
          expectBeside(level, halving.out(), shapes);
        });
    level.blocks.forEach(block -> block.expect(shapes));
  }

  private void expectBeside(Level level, int width, UnetShapes shapes) {
    boolean first = level.size() == config.side() / 2;
    switch (config.encoder()) {
      case STANDARD -> {}
      case SKIP -> {
        shapes.filter(asideFilter("enc", level.size(), "down"), config.filter());
        shapes.conv2d(aside("enc", level.size(), "skip"), config.channels(), width, 1);
      }
      case RESIDUAL -> {
        int above = first ? config.channels() : widthBeside(level.size() * 2);
        shapes.conv2d(aside("enc", level.size(), "residual"), above, width, 3);
        shapes.filter(asideFilter("enc", level.size(), "residual"), config.filter());
      }
    }
  }

  /** Channels of what leads into a level of the way down. */
  private int widthBeside(int size) {
    return down.stream()
        .filter(level -> level.size() == size)
        .findFirst()
        .flatMap(Level::resampling)
        .map(EdmBlock::out)
        .orElseThrow();
  }

  private void expectUp(Level level, UnetShapes shapes) {
    level.resampling.ifPresent(doubling -> doubling.expect(shapes));
    level.blocks.forEach(block -> block.expect(shapes));
    if (!says(level)) {
      return;
    }
    int width = level.blocks.get(level.blocks.size() - 1).out();
    if (config.skipsOut() && level.resampling.isPresent()) {
      shapes.filter(asideFilter("dec", level.size(), "up"), config.filter());
    }
    shapes.norm(aside("dec", level.size(), "norm"), width);
    shapes.conv2d(aside("dec", level.size(), "conv"), width, config.channels(), 3);
  }
}
