package org.tiltlens.vision;

import java.util.List;
import java.util.stream.Collectors;

/**
 * Blocks of a network that have the same hook points over as many channels, such as a ConvNeXt's
 * stage.
 *
 * @param prefix what their names start with: {@code stages.2}
 * @param count how many there are: block k is {@code prefix.k}
 * @param channels at each of their hook points, but for what the first block of a ResNet's layer
 *     finds
 * @param hooks what comes after a block's name in those of its hook points: {@code hook_resid_pre},
 *     {@code hook_resid_pre@cls}
 */
public record BlockGroup(String prefix, int count, int channels, List<String> hooks) {
  public BlockGroup {
    hooks = List.copyOf(hooks);
  }

  /** The name of the last of them. */
  public String last() {
    return prefix + "." + (count - 1);
  }

  /** All hook points in a shell's words: {@code stages.0.{0..2}.{hook_resid_pre,hook_conv_out}}. */
  public String pattern() {
    String blocks = count == 1 ? "0" : "{0.." + (count - 1) + "}";
    String places =
        hooks.stream().filter(hook -> !hook.contains("@")).collect(Collectors.joining(","));
    return prefix + "." + blocks + ".{" + places + "}";
  }

  /** What may stand after those names for other tokens than the map's: {@code @cls}. */
  public List<String> tokens() {
    return hooks.stream()
        .filter(hook -> hook.contains("@"))
        .map(hook -> hook.substring(hook.indexOf('@')))
        .distinct()
        .toList();
  }
}
