package org.tiltlens.unet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.tiltlens.checkpoint.CheckpointException;

/**
 * The shape of a DDPM++ network of EDM ({@code SongUNet} with its defaults), which its tensors tell
 * whole.
 *
 * @param side of the images in pixels
 * @param noise channels of the sinusoids
 * @param embedding channels that every block is told
 * @param widths of the levels, finest first
 * @param blocks residual blocks per level on the way down; one more on the way up
 * @param attention whether a level has attention
 * @param classes 0: not class-conditional
 */
record EdmConfig(
    int side,
    int channels,
    int noise,
    int embedding,
    List<Integer> widths,
    int blocks,
    List<Boolean> attention,
    int classes) {
  private static final int MOST_SIDE = 1 << 13;

  /** Least width of which every group has four channels. */
  private static final int GROUP = 4;

  /**
   * Reads it off a network's tensors.
   *
   * @param source the checkpoint, for messages
   * @param shapes name, without prefix -> shape
   * @throws CheckpointException if they are no DDPM++ network's
   */
  static EdmConfig of(String source, Map<String, List<Long>> shapes) {
    String first =
        shapes.keySet().stream()
            .filter(name -> name.matches("enc\\.(\\d{1,4})x\\1_conv\\.weight"))
            .findFirst()
            .orElseThrow(() -> unlike(source, "no tensor 'enc.SxS_conv.weight'"));
    boolean other =
        shapes.keySet().stream()
            .anyMatch(name -> name.contains("_aux_residual.") || name.equals("out_norm.weight"));
    if (other) {
      throw unlike(source, "it is NCSN++ or ADM in EDM's names");
    }
    int side = Integer.parseInt(first.substring("enc.".length(), first.indexOf('x')));
    List<Integer> widths = new ArrayList<>();
    List<Boolean> attention = new ArrayList<>();
    int blocks = 0;
    for (int size = side; shapes.containsKey(block(size, 0) + ".conv0.weight"); size /= 2) {
      if (size == side) {
        while (shapes.containsKey(block(size, blocks) + ".conv0.weight")) {
          blocks++;
        }
      }
      widths.add(size(source, shapes, block(size, 0) + ".conv0.weight", 0));
      attention.add(shapes.containsKey(block(size, 0) + ".qkv.weight"));
    }
    int halvings = Math.max(0, widths.size() - 1);
    if (widths.isEmpty() || side > MOST_SIDE || halvings > 12 || side % (1 << halvings) != 0) {
      throw unlike(source, "sides of " + side + " in " + widths.size() + " levels");
    }
    EdmConfig config =
        new EdmConfig(
            side,
            size(source, shapes, first, 1),
            size(source, shapes, "map_layer0.weight", 1),
            size(source, shapes, "map_layer0.weight", 0),
            List.copyOf(widths),
            blocks,
            List.copyOf(attention),
            shapes.containsKey("map_label.weight")
                ? size(source, shapes, "map_label.weight", 1)
                : 0);
    config.requireGroups(source, size(source, shapes, first, 0));
    return config;
  }

  private void requireGroups(String source, int first) {
    if (channels != 1 && channels != 3) {
      throw unlike(source, "it takes images of " + channels + " channels, expected 3 (or 1)");
    }
    if (noise != first || noise < GROUP || noise % 2 != 0) {
      throw unlike(source, noise + " sinusoids for " + first + " channels");
    }
    for (int width : widths) {
      if (width < GROUP || width % EdmBlock.groups(width) != 0) {
        throw unlike(
            source, width + " channels, which " + EdmBlock.groups(width) + " groups share");
      }
    }
  }

  private static int size(
      String source, Map<String, List<Long>> shapes, String name, int dimension) {
    List<Long> shape = shapes.get(name);
    long size = shape == null || shape.size() <= dimension ? 0 : shape.get(dimension);
    if (size < 1 || size > 1 << 20) {
      throw unlike(source, "'" + name + "' is missing or of shape " + shape);
    }
    return (int) size;
  }

  private static CheckpointException unlike(String source, String why) {
    return new CheckpointException(
        source + " is no DDPM++ network of EDM, the only one that is read: " + why);
  }

  static String block(int size, int index) {
    return "enc.%dx%d_block%d".formatted(size, size, index);
  }
}
