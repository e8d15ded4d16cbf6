package org.tiltlens.vision;

import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * A place inside a vision model whose activations can be read, such as {@code
 * stages.2.20.hook_resid_pre} or, of a transformer's class token, {@code
 * blocks.11.hook_resid_post@cls}.
 *
 * <p>Whether it exists is for the model to say: {@link VisionModel#require}.
 *
 * @param block the model's own name of the block, such as {@code stages.2.20} (ConvNeXt stage 2,
 *     block 20), {@code layer3.5} (ResNet layer 3, counted from 1, block 5) or {@code blocks.11}
 * @param site where in the block
 * @param tokens which of a transformer's tokens
 */
public record HookPoint(String block, Site site, Tokens tokens) {
  private static final Pattern SYNTAX =
      Pattern.compile("(\\w+(?:\\.\\w+)*)\\.(?:hook_)?([a-z_]+)(?:@([a-z]+))?");
  private static final Pattern BLOCK = Pattern.compile("\\w+(?:\\.\\w+)*");

  /**
   * Where in a residual block: {@code resid_post = resid_pre + block_out}; of a ResNet, {@code
   * relu(shortcut(resid_pre) + block_out)}.
   */
  public enum Site {
    /** The residual stream as the block finds it. */
    RESID_PRE,
    /** What attention adds to the residual stream, layer scale included (ViT). */
    ATTN_OUT,
    /** The residual stream between attention and MLP (ViT): {@code resid_pre + attn_out}. */
    RESID_MID,
    /** What the MLP adds to the residual stream, layer scale included (ViT). */
    MLP_OUT,
    /** After the block's depthwise convolution, before its normalisation (ConvNeXt). */
    CONV_OUT,
    /**
     * What the block adds to the residual stream, layer scale (ConvNeXt) or last norm (ResNet)
     * included.
     */
    BLOCK_OUT,
    /** The residual stream as the block leaves it. */
    RESID_POST,
    /** What a network returns whose inside is not known (TorchScript). */
    OUTPUT;

    /** The field's name for it: {@code hook_resid_pre}. */
    public String hookName() {
      return "hook_" + shortName();
    }

    private String shortName() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /** Which tokens of a sequence are read. */
  public enum Tokens {
    /** The map: one position per patch, or per pixel of a convolutional network's map. */
    PATCHES,
    /** The class token, a map of 1 x 1. */
    CLS,
    /** The storage (register) tokens, a map of 1 x their number. */
    STORAGE;

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

  /** A place in the map. */
  public HookPoint(String block, Site site) {
    this(block, site, Tokens.PATCHES);
  }

  /** The same place, of other tokens. */
  public HookPoint of(Tokens others) {
    return new HookPoint(block, site, others);
  }

  /**
   * Returns this hook point if it is loaded.
   *
   * @param loaded the hook points of a network
   * @param last the one up to which it was opened; empty for all of it
   * @throws IllegalArgumentException if it comes later
   */
  HookPoint requireAmong(List<HookPoint> loaded, Optional<HookPoint> last) {
    if (!loaded.contains(this)) {
      throw new IllegalArgumentException(
          "hook point '" + this + "' is not loaded: this network was opened up to " + last.get());
    }
    return this;
  }

  /**
   * Reads {@code stages.2.20.hook_resid_pre} or, without the prefix, {@code stages.2.20.resid_pre}.
   *
   * @throws IllegalArgumentException if it is not of this form
   */
  public static HookPoint parse(String name) {
    Matcher matcher = SYNTAX.matcher(name);
    if (matcher.matches()) {
      String which = matcher.group(3) == null ? Tokens.PATCHES.shortName() : matcher.group(3);
      for (Site site : Site.values()) {
        for (Tokens tokens : Tokens.values()) {
          if (site.shortName().equals(matcher.group(2)) && tokens.shortName().equals(which)) {
            return new HookPoint(matcher.group(1), site, tokens);
          }
        }
      }
    }
    throw new IllegalArgumentException(
        "hook point '"
            + name
            + "' is not understood: expected a block and one of "
            + Arrays.stream(Site.values()).map(Site::hookName).collect(Collectors.joining(", "))
            + ", such as stages.2.20.hook_resid_pre; @cls or @storage after it for those tokens of"
            + " a transformer");
  }

  /** The full name: {@code stages.2.20.hook_resid_pre}. */
  @Override
  public String toString() {
    String place = block + "." + site.hookName();
    return tokens == Tokens.PATCHES ? place : place + "@" + tokens.shortName();
  }
}
