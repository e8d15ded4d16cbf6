package org.tiltlens.vision;

import java.util.Arrays;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A place inside a vision model whose activations can be read, such as {@code
 * stages.2.20.hook_resid_pre}.
 *
 * <p>Whether it exists is for the model to say: {@link VisionModel#require}.
 *
 * @param block the model's own name of the block, such as {@code stages.2.20} (ConvNeXt stage 2,
 *     block 20) or {@code blocks.11}
 * @param site where in the block
 */
public record HookPoint(String block, Site site) {
  private static final Pattern SYNTAX = Pattern.compile("(\\w+(?:\\.\\w+)*)\\.(?:hook_)?(\\w+)");
  private static final Pattern BLOCK = Pattern.compile("\\w+(?:\\.\\w+)*");

  /** Where in a residual block: {@code resid_post = resid_pre + block_out}. */
  public enum Site {
    /** The residual stream as the block finds it. */
    RESID_PRE,
    /** After the block's depthwise convolution, before its normalisation (ConvNeXt). */
    CONV_OUT,
    /** What the block adds to the residual stream, layer scale included. */
    BLOCK_OUT,
    /** The residual stream as the block leaves it. */
    RESID_POST;

    /** The field's name for it: {@code hook_resid_pre}. */
    public String hookName() {
      return "hook_" + shortName();
    }

    private String shortName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  public HookPoint {
    if (!BLOCK.matcher(block).matches()) {
      throw new IllegalArgumentException(
          "block name '" + block + "': expected words and numbers joined by dots");
    }
  }

  /**
   * Reads {@code stages.2.20.hook_resid_pre} or, without the prefix, {@code stages.2.20.resid_pre}.
   *
   * @throws IllegalArgumentException if it is not of this form
   */
  public static HookPoint parse(String name) {
    Matcher matcher = SYNTAX.matcher(name);
    if (matcher.matches()) {
      for (Site site : Site.values()) {
        if (site.shortName().equals(matcher.group(2))) {
          return new HookPoint(matcher.group(1), site);
        }
      }
    }
    throw new IllegalArgumentException(
        "hook point '"
            + name
            + "' is not understood: expected a block and one of "
            + Arrays.stream(Site.values()).map(Site::hookName).collect(Collectors.joining(", "))
            + ", such as stages.2.20.hook_resid_pre");
  }

  /** The full name: {@code stages.2.20.hook_resid_pre}. */
  @Override
  public String toString() {
    return block + "." + site.hookName();
  }
}
