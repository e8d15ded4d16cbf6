package org.tiltlens.unet;

import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import org.tiltlens.checkpoint.CheckpointException;

/**
 * Reads an ADM UNet's options off its tensors.
 *
 * <p>{@code input_blocks} and {@code output_blocks} are equally many, {@code levels x (numResBlocks
 * + 1)}, so their number alone does not tell the two apart. The first change of resolution does: on
 * the way up it follows {@code numResBlocks} whole blocks, and without weights of its own it leaves
 * a gap in the numbers of {@code input_blocks}.
 *
 * @param source the checkpoint, for messages
 * @param shapes the checkpoint's tensors without prefix
 * @param latents whether what it is given are latents, of any number of channels
 */
record AdmRecognition(String source, NavigableMap<String, List<Long>> shapes, boolean latents) {

  AdmUnetConfig config(int imageSize, AttentionHeads heads) {
    int modelChannels = size("time_embed.0.weight", 1);
    int outputs = count("output_blocks.");
    int numResBlocks = numResBlocks(outputs);
    if (numResBlocks < 1 || outputs % (numResBlocks + 1) != 0) {
      throw unlike(outputs + " output blocks do not make whole levels");
    }
    int levels = outputs / (numResBlocks + 1);
    List<Double> channelMult = new ArrayList<>();
    List<Integer> attention = new ArrayList<>();
    for (int level = 0; level < levels; level++) {
      String first = "input_blocks." + (1 + level * (numResBlocks + 1));
      channelMult.add(size(first + ".0.out_layers.3.weight", 0) / (double) modelChannels);
      if (shapes.containsKey(first + ".1.qkv.weight")) {
        attention.add(1 << level);
      }
    }
    String down = "input_blocks." + (numResBlocks + 1) + ".0";
    boolean resblockUpdown = levels > 1 && shapes.containsKey(down + ".in_layers.0.weight");
    boolean convResample = shapes.containsKey(down + ".op.weight");
    boolean classes = shapes.containsKey("label_emb.weight");
    int patch = latents ? 1 : patchSize(size("input_blocks.0.0.weight", 1));
    if (!latents) {
      requirePixels(size("input_blocks.0.0.weight", 1) / (patch * patch));
    }
    try {
      return new AdmUnetConfig(
          imageSize,
          size("input_blocks.0.0.weight", 1) / (patch * patch),
          modelChannels,
          size("out.2.weight", 0) / (patch * patch),
          channelMult,
          numResBlocks,
          attention,
          heads,
          classes ? size("label_emb.weight", 0) : 0,
          size("input_blocks.1.0.emb_layers.1.weight", 0)
              == 2 * size("input_blocks.1.0.out_layers.3.weight", 0),
          resblockUpdown,
          convResample,
          patch);
    } catch (IllegalArgumentException e) {
      throw unlike(e.getMessage());
    }
  }

  private void requirePixels(int channels) {
    if (channels != 1 && channels != 3) {
      throw new CheckpointException(
          "%s takes images of %d channels%s, expected 3 (or 1): a prior of pixels alone"
              .formatted(
                  source,
                  channels,
                  switch (channels) {
                    case 4 -> ", latents of another network";
                    case 6 -> ", as super-resolution does, which is told a smaller image too";
                    case 9 -> ", as inpainting does, which is told an image with a hole too";
                    default -> "";
                  }));
    }
  }

  /** Images have three colours, so 12 input channels are patches of 2 x 2 pixels. */
  private static int patchSize(int channels) {
    int side = (int) Math.round(Math.sqrt(channels / 3.0));
    return Integer.bitCount(side) == 1 && 3 * side * side == channels ? side : 1;
  }

  private int numResBlocks(int outputs) {
    for (int i = 0; i < outputs; i++) {
      if (hasResampling("output_blocks." + i)) {
        return i;
      }
      if (!has("input_blocks." + (i + 1) + ".") && i + 1 < outputs) {
        return i;
      }
    }
    return outputs - 1; // a single level never changes the resolution
  }

  private boolean hasResampling(String block) {
    return has(block + ".1.conv.")
        || has(block + ".2.conv.")
        || has(block + ".1.in_layers.")
        || has(block + ".2.in_layers.");
  }

  private int count(String list) {
    int count = 0;
    while (has(list + count + ".")) {
      count++;
    }
    return count;
  }

  private boolean has(String prefix) {
    String next = shapes.ceilingKey(prefix);
    return next != null && next.startsWith(prefix);
  }

  private int size(String name, int dimension) {
    List<Long> shape = shapes.get(name);
    if (shape == null || shape.size() <= dimension) {
      throw unlike("'" + name + "' is missing or has no dimension " + dimension);
    }
    return Math.toIntExact(shape.get(dimension));
  }

  private CheckpointException unlike(String why) {
    return new CheckpointException(source + " is no checkpoint of an ADM UNet: " + why);
  }
}
