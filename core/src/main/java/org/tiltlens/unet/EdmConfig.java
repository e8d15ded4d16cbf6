package org.tiltlens.unet;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.tiltlens.checkpoint.CheckpointException;

/**
 * The shape of a DDPM++ or NCSN++ network of EDM ({@code SongUNet}), which its tensors tell whole.
 *
 * @param side of the images in pixels
 * @param base channels of the first map
 * @param noise channels of the sinusoids
 * @param fourier whether their frequencies are random ones of the file, not a geometric series
 * @param embedding channels that every block is told
 * @param widths of the levels, finest first
 * @param blocks residual blocks per level on the way down; one more on the way up
 * @param attention whether a level has attention
 * @param classes 0: not class-conditional
 * @param encoder what goes beside the way down
 * @param skipsOut whether every level of the way up says a part of the image, else the finest alone
 * @param filter sides of the filters of changes of resolution
 */
record EdmConfig(
    int side,
    int channels,
    int base,
    int noise,
    boolean fourier,
    int embedding,
    List<Integer> widths,
    int blocks,
    List<Boolean> attention,
    int classes,
    Encoder encoder,
    boolean skipsOut,
    int filter) {
  private static final int MOST_SIDE = 1 << 13;

  /** Least width of which every group has four channels. */
  private static final int GROUP = 4;

  private static final int LARGEST_FILTER = 16;

  /** What goes beside the way down (Song et al. 2021, appendix H; Karnewar and Wang 2020). */
  enum Encoder {
    /** Nothing: DDPM++. */
    STANDARD,
    /** The smaller image, added to every level. */
    SKIP,
    /** The level above, made smaller by a convolution of its own: NCSN++. */
    RESIDUAL
  }

  /**
   * Reads it off a network's tensors.
   *
   * @param source the checkpoint, for messages
   * @param shapes name, without prefix -> shape
   * @throws CheckpointException if they are no such network's
   */
  static EdmConfig of(String source, Map<String, List<Long>> shapes) {
    Reader read = new Reader(source, shapes);
    String first =
        shapes.keySet().stream()
            .filter(name -> name.matches("enc\\.(\\d{1,4})x\\1_conv\\.weight"))
            .findFirst()
            .orElseThrow(() -> unlike(source, "no tensor 'enc.SxS_conv.weight'"));
    if (shapes.containsKey("out_norm.weight")) {
      throw unlike(source, "it is ADM in EDM's names");
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
      widths.add(read.size(block(size, 0) + ".conv0.weight", 0));
      attention.add(shapes.containsKey(block(size, 0) + ".qkv.weight"));
    }
    int halvings = Math.max(0, widths.size() - 1);
    if (widths.isEmpty() || side > MOST_SIDE || halvings > 12 || side % (1 << halvings) != 0) {
      throw unlike(source, "sides of " + side + " in " + widths.size() + " levels");
    }
    int coarsest = side >> halvings;
    EdmConfig config =
        new EdmConfig(
            side,
            read.size(first, 1),
            read.size(first, 0),
            read.size("map_layer0.weight", 1),
            shapes.containsKey(EdmUnet.FREQUENCIES),
            read.size("map_layer0.weight", 0),
            List.copyOf(widths),
            blocks,
            List.copyOf(attention),
            shapes.containsKey("map_label.weight") ? read.size("map_label.weight", 1) : 0,
            halvings == 0 ? Encoder.STANDARD : read.encoder(side / 2),
            halvings > 0
                && shapes.containsKey(EdmLayout.aside("dec", coarsest, "norm") + ".weight"),
            halvings == 0 ? 2 : read.filter(side / 2));
    config.requireGroups(source);
    return config;
  }

  private void requireGroups(String source) {
    if (channels != 1 && channels != 3) {
      throw unlike(source, "it takes images of " + channels + " channels, expected 3 (or 1)");
    }
    if (noise < GROUP || noise % 2 != 0) {
      throw unlike(source, noise + " sinusoids");
    }
    for (int width : widths) {
      if (width < GROUP || width % EdmBlock.groups(width) != 0) {
        throw unlike(
            source, width + " channels, which " + EdmBlock.groups(width) + " groups share");
      }
    }
  }

  /** What is read of the tensors' shapes. */
  private record Reader(String source, Map<String, List<Long>> shapes) {
    int size(String name, int dimension) {
      List<Long> shape = shapes.get(name);
      long size = shape == null || shape.size() <= dimension ? 0 : shape.get(dimension);
      if (size < 1 || size > 1 << 20) {
        throw unlike(source, "'" + name + "' is missing or of shape " + shape);
      }
      return (int) size;
    }

    Encoder encoder(int size) {
      if (shapes.containsKey(EdmLayout.aside("enc", size, "residual") + ".weight")) {
        return Encoder.RESIDUAL;
      }
      boolean skips = shapes.containsKey(EdmLayout.aside("enc", size, "skip") + ".weight");
      return skips ? Encoder.SKIP : Encoder.STANDARD;
    }

    int filter(int size) {
      String name = "enc.%dx%d_down.conv0.resample_filter".formatted(size, size);
      int side = size(name, 3);
      if (side > LARGEST_FILTER || side % 2 != 0) {
        throw unlike(
            source,
            "'%s' is a filter of %d pixels, expected an even number up to %d"
                .formatted(name, side, LARGEST_FILTER));
      }
      return side;
    }
  }

  private static CheckpointException unlike(String source, String why) {
    return new CheckpointException(
        source + " is no DDPM++ or NCSN++ network of EDM, the only ones that are read: " + why);
  }

  static String block(int size, int index) {
    return "enc.%dx%d_block%d".formatted(size, size, index);
  }

  /** {@code DDPM++}, {@code NCSN++}, or what it has of both. */
  String kind() {
    if (encoder == Encoder.STANDARD && !skipsOut && !fourier) {
      return "DDPM++";
    }
    return encoder == Encoder.RESIDUAL && !skipsOut && fourier
        ? "NCSN++"
        : "SongUNet (%s encoder, %s decoder)"
            .formatted(encoder.name().toLowerCase(Locale.ROOT), skipsOut ? "skip" : "standard");
  }
}
