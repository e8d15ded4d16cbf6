package org.tiltlens.unet;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;

/**
 * The names that latent diffusion has for the tensors of its UNet, found from diffusers': there all
 * blocks have one number, whatever their level.
 *
 * @param names the network's tensors
 * @param layers residual blocks of each level on the way down, finest first
 * @param residual whether residual blocks change the resolution
 */
record LdmUnetNames(Set<String> names, List<Integer> layers, boolean residual)
    implements UnaryOperator<String> {
  private static final Pattern BLOCK =
      Pattern.compile(
          "(down|up)_blocks\\.(\\d+)\\.(resnets|attentions|\\w+samplers)\\.(\\d+)\\.(.*)");
  private static final Pattern MIDDLE =
      Pattern.compile("mid_block\\.(resnets|attentions)\\.(\\d+)\\.(.*)");
  private static final Pattern UP_END =
      Pattern.compile("output_blocks\\.(\\d+)\\.[12]\\.(conv|in_layers\\.2)\\.weight");

  /** Beyond any network; a bound against slips. */
  private static final int MOST_BLOCKS = 1000;

  static LdmUnetNames of(TensorStore store) {
    Set<String> names = store.entries().keySet();
    int blocks = 0;
    while (names.contains("output_blocks." + blocks + ".0.in_layers.2.weight")) {
      blocks++;
    }
    List<Integer> ends = new ArrayList<>(); // input blocks that halve the resolution
    boolean residual = false;
    for (int i = 1; i < blocks; i++) {
      // A layer that averages has no tensors.
      if (!names.contains("input_blocks." + i + ".0.in_layers.2.weight")) {
        ends.add(i);
      }
    }
    List<Integer> layers = new ArrayList<>();
    if (ends.isEmpty()) {
      List<Integer> ups = ups(names);
      residual = !ups.isEmpty();
      int before = -1;
      for (int up : ups) {
        layers.add(up - before - 1);
        before = up;
      }
      layers.add(blocks - before - 2);
      Collections.reverse(layers);
    } else {
      int before = 0;
      for (int end : ends) {
        layers.add(end - before - 1);
        before = end;
      }
      layers.add(blocks - before - 1);
    }
    if (blocks > MOST_BLOCKS || layers.stream().anyMatch(level -> level < 1)) {
      throw new CheckpointException(
          "%s holds no UNet of latent diffusion whose levels can be told from its %d output blocks"
              .formatted(store.source(), blocks));
    }
    return new LdmUnetNames(names, List.copyOf(layers), residual);
  }

  private static List<Integer> ups(Set<String> names) {
    return names.stream()
        .map(UP_END::matcher)
        .filter(Matcher::matches)
        .map(end -> end.group(1))
        .filter(number -> number.length() <= 4)
        .map(Integer::valueOf)
        .sorted()
        .distinct()
        .toList();
  }

  @Override
  public String apply(String name) {
    Matcher block = BLOCK.matcher(name);
    if (block.matches()) {
      boolean down = block.group(1).equals("down");
      int number = number(block.group(2));
      int level = down ? number : layers.size() - 1 - number;
      int index = number(block.group(4));
      boolean there = level >= 0 && level < layers.size();
      // The block beyond a level's last has no name here.
      if (!there || index >= layers.get(level) + (down ? 0 : 1)) {
        return name;
      }
      return down
          ? down(level, block.group(3), index, block.group(5))
          : up(level, block.group(3), index, block.group(5));
    }
    Matcher middle = MIDDLE.matcher(name);
    if (middle.matches()) {
      boolean attention = middle.group(1).equals("attentions");
      int index = 2 * number(middle.group(2)) + (attention ? 1 : 0);
      String layer = attention ? middle.group(3) : residual(middle.group(3));
      return "middle_block." + index + "." + layer;
    }
    return name.replaceFirst("^time_embedding\\.linear_1\\.", "time_embed.0.")
        .replaceFirst("^time_embedding\\.linear_2\\.", "time_embed.2.")
        .replaceFirst("^class_embedding\\.", "label_emb.")
        .replaceFirst("^conv_in\\.", "input_blocks.0.0.")
        .replaceFirst("^conv_norm_out\\.", "out.0.")
        .replaceFirst("^conv_out\\.", "out.2.");
  }

  private static int number(String digits) {
    return digits.length() > 4 ? MOST_BLOCKS : Integer.parseInt(digits);
  }

  private String down(int level, String kind, int index, String layer) {
    int first = 1 + layers.stream().limit(level).mapToInt(each -> each + 1).sum();
    return switch (kind) {
      case "resnets" -> "input_blocks." + (first + index) + ".0." + residual(layer);
      case "attentions" -> "input_blocks." + (first + index) + ".1." + layer;
      default ->
          "input_blocks.%d.0.%s"
              .formatted(
                  first + layers.get(level),
                  residual ? residual(layer) : layer.replaceFirst("^conv\\.", "op."));
    };
  }

  private String up(int level, String kind, int index, String layer) {
    int first = layers.stream().skip(level + 1L).mapToInt(each -> each + 1).sum();
    return switch (kind) {
      case "resnets" -> "output_blocks." + (first + index) + ".0." + residual(layer);
      case "attentions" -> "output_blocks." + (first + index) + ".1." + layer;
      default -> {
        String own = "output_blocks." + (first + layers.get(level)) + ".";
        String what = residual ? residual(layer) : layer;
        yield own + (names.contains(own + "2." + what) ? "2." : "1.") + what;
      }
    };
  }

  /** A layer of a residual block. */
  private static String residual(String layer) {
    ResNames there = ResNames.DIFFUSERS;
    ResNames here = ResNames.ADM;
    int dot = layer.lastIndexOf('.');
    String own = layer.substring(0, dot);
    return ResNames.DIFFUSERS.in(ResNames.ADM, own) + layer.substring(dot);
  }
}
