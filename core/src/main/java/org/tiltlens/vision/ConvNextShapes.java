package org.tiltlens.vision;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of a ConvNeXt by Meta's names, which are ours, with their shapes. */
final class ConvNextShapes {
  /** Side of the stem's patches, which do not overlap. */
  static final int STEM = 4;

  private static final int KERNEL = 7;
  private static final int EXPANSION = 4;

  private final ConvNextConfig config;
  private final ConvNextParts parts;
  private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

  private ConvNextShapes(ConvNextConfig config, ConvNextParts parts) {
    this.config = config;
    this.parts = parts;
  }

  /** Prefix of a block's tensors. */
  static String block(int stage, int block) {
    return "stages." + stage + "." + block + ".";
  }

  /** The convolution that opens a stage: before its norm in the stem, after it elsewhere. */
  static String downsampling(int stage) {
    return "downsample_layers." + stage + (stage == 0 ? ".0" : ".1");
  }

  /** The norm that belongs to {@link #downsampling}. */
  static String downsamplingNorm(int stage) {
    return "downsample_layers." + stage + (stage == 0 ? ".1" : ".0");
  }

  /** Every tensor of the network. */
  static Map<String, List<Long>> all(ConvNextConfig config, ConvNextParts parts) {
    int stage = config.stages() - 1;
    ConvNextShapes shapes = new ConvNextShapes(config, parts);
    shapes.residualStream(stage, config.depths().get(stage));
    shapes.norm("norm", config.dims().get(stage));
    return shapes.shapes;
  }

  /** The tensors needed up to a hook point. */
  static Map<String, List<Long>> upTo(ConvNextConfig config, ConvNextParts parts, HookPoint last) {
    ConvNextConfig.Block block = config.block(last);
    boolean before = last.site() == HookPoint.Site.RESID_PRE;
    ConvNextShapes shapes = new ConvNextShapes(config, parts);
    shapes.residualStream(block.stage(), before ? block.index() : block.index() + 1);
    return shapes.shapes;
  }

  private void residualStream(int lastStage, int blocksOfLastStage) {
    for (int stage = 0; stage <= lastStage; stage++) {
      long in = stage == 0 ? 3 : config.dims().get(stage - 1);
      long out = config.dims().get(stage);
      long kernel = stage == 0 ? STEM : 2;
      weightAndBias(downsampling(stage), List.of(out, in, kernel, kernel));
      norm(downsamplingNorm(stage), stage == 0 ? out : in);
      int blocks = stage == lastStage ? blocksOfLastStage : config.depths().get(stage);
      for (int block = 0; block < blocks; block++) {
        block(block(stage, block), out);
      }
    }
  }

  private void block(String name, long dim) {
    if (parts.scaled()) {
      shapes.put(name + "gamma", List.of(dim));
    }
    weightAndBias(name + "dwconv", List.of(dim, 1L, (long) KERNEL, (long) KERNEL));
    norm(name + "norm", dim);
    weightAndBias(name + "pwconv1", List.of(EXPANSION * dim, dim));
    if (parts.responding()) {
      shapes.put(name + "grn.gamma", List.of(EXPANSION * dim));
      shapes.put(name + "grn.beta", List.of(EXPANSION * dim));
    }
    weightAndBias(name + "pwconv2", List.of(dim, EXPANSION * dim));
  }

  private void norm(String name, long dim) {
    weightAndBias(name, List.of(dim));
  }

  private void weightAndBias(String name, List<Long> shape) {
    shapes.put(name + ".weight", shape);
    shapes.put(name + ".bias", List.of(shape.get(0)));
  }
}
