package org.tiltlens.vision;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;

/**
 * The shape of a DINOv3 ViT (Siméoni et al. 2025, section 3.2): so many blocks of attention and MLP
 * over tokens of so many channels.
 *
 * @param width channels of a token, a multiple of 4 x heads
 * @param depth blocks, at least 1
 * @param heads attention heads, at least 1
 * @param hidden channels inside the MLP, at least 1
 * @param gated whether the MLP is a SwiGLU (Shazeer 2020, equation 6)
 * @param patch side of a patch in pixels, at least 1
 * @param storageTokens storage (register) tokens, at least 0
 */
public record VitConfig(
    int width, int depth, int heads, int hidden, boolean gated, int patch, int storageTokens) {
  private static final int PATCH = 16;
  private static final int STORAGE = 4;
  private static final Map<VitConfig, String> PUBLISHED =
      Map.of(
          published(384, 12, 6, 1536, false), "S",
          published(384, 12, 6, 1536, true), "S+",
          published(768, 12, 12, 3072, false), "B",
          published(1024, 24, 16, 4096, false), "L",
          published(1280, 32, 20, 5120, true), "H+",
          published(4096, 40, 32, 8192, true), "7B");

  /** In the order in which they are computed. */
  private static final List<HookPoint.Site> SITES =
      List.of(
          HookPoint.Site.RESID_PRE,
          HookPoint.Site.ATTN_OUT,
          HookPoint.Site.RESID_MID,
          HookPoint.Site.MLP_OUT,
          HookPoint.Site.RESID_POST);

  private static final Pattern BLOCK = Pattern.compile("blocks\\.(0|[1-9]\\d{0,3})");

  public VitConfig {
    if (heads < 1 || width < 1 || width % (4L * heads) != 0) {
      throw new IllegalArgumentException(
          "ViT of "
              + width
              + " channels and "
              + heads
              + " heads: expected heads of as many channels each, a multiple of 4");
    }
    if (depth < 1 || hidden < 1 || patch < 1 || storageTokens < 0) {
      throw new IllegalArgumentException(
          "ViT of %d blocks, %d channels in the MLP, patches of %d and %d storage tokens: expected"
                  .formatted(depth, hidden, patch, storageTokens)
              + " at least 1, 1, 1 and 0");
    }
  }

  private static VitConfig published(int width, int depth, int heads, int hidden, boolean gated) {
    return new VitConfig(width, depth, heads, hidden, gated, PATCH, STORAGE);
  }

  /**
   * Reads the shape off a checkpoint's tensors, if they are a DINOv3 ViT's.
   *
   * <p>Meta's and Hugging Face's names, and any prefix before them, are understood.
   *
   * @param config the text of the {@code config.json} beside it, if there is one
   */
  public static Optional<VitConfig> recognise(TensorStore store, Optional<String> config) {
    try {
      return VitNames.in(store)
          .map(
              names ->
                  VitRecognition.config(
                      store, names, VitSettings.of(config, store.metadata()).heads()));
    } catch (CheckpointException e) {
      return Optional.empty();
    }
  }

  /** Channels of an attention head. */
  int headWidth() {
    return width / heads;
  }

  /** Tokens before the patches: the class token and the storage tokens. */
  int tokensBeforePatches() {
    return 1 + storageTokens;
  }

  /** All hook points, in the order in which they are computed. */
  List<HookPoint> hookPoints() {
    List<HookPoint> points = new ArrayList<>();
    for (int block = 0; block < depth; block++) {
      for (HookPoint.Site site : SITES) {
        points.addAll(hookPoints("blocks." + block, site));
      }
    }
    return points;
  }

  /** The blocks, which are all alike. */
  public List<BlockGroup> blocks() {
    List<String> hooks =
        SITES.stream()
            .flatMap(site -> hookPoints("blocks.0", site).stream())
            .map(at -> at.toString().substring("blocks.0.".length()))
            .toList();
    return List.of(new BlockGroup("blocks", depth, width, hooks));
  }

  /** The hook points at one place: one per kind of token. */
  List<HookPoint> hookPoints(String block, HookPoint.Site site) {
    HookPoint patches = new HookPoint(block, site);
    HookPoint cls = patches.of(HookPoint.Tokens.CLS);
    return storageTokens == 0
        ? List.of(patches, cls)
        : List.of(patches, cls, patches.of(HookPoint.Tokens.STORAGE));
  }

  /**
   * The index of the block a hook point is in.
   *
   * @throws IllegalArgumentException if there is no such hook point
   */
  int block(HookPoint at) {
    Matcher matcher = BLOCK.matcher(at.block());
    String problem = "hook point '" + at + "' does not exist: ";
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          problem + "the blocks of a ViT are named blocks.0 .. blocks." + (depth - 1));
    }
    if (!SITES.contains(at.site())) {
      throw new IllegalArgumentException(
          problem
              + "a block of a ViT has "
              + SITES.stream().map(HookPoint.Site::hookName).collect(Collectors.joining(", ")));
    }
    if (at.tokens() == HookPoint.Tokens.STORAGE && storageTokens == 0) {
      throw new IllegalArgumentException(
          problem + "this ViT has no storage tokens; it has patches, and @cls");
    }
    int index = Integer.parseInt(matcher.group(1));
    if (index >= depth) {
      throw new IllegalArgumentException(problem + "there are blocks 0.." + (depth - 1));
    }
    return index;
  }

  /**
   * One line: {@code DINOv3 ViT-L/16, 24 blocks of 1024 channels, 16 heads, MLP of 4096, 4 storage
   * tokens}.
   */
  public String describe() {
    VitConfig usual = published(width, depth, heads, hidden, gated);
    String size = PUBLISHED.get(usual);
    return "DINOv3 ViT%s/%d, %d blocks of %d channels, %d heads, %s of %d, %d storage tokens"
        .formatted(
            size == null ? "" : "-" + size,
            patch,
            depth,
            width,
            heads,
            gated ? "SwiGLU" : "MLP",
            hidden,
            storageTokens);
  }
}
