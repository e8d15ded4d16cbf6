package org.tiltlens.vision;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tiltlens.torch.Activation;

/**
 * The shape of a ViT (Dosovitskiy et al. 2021; of DINOv3: Siméoni et al. 2025, section 3.2): so
 * many blocks of attention and MLP over tokens of so many channels.
 *
 * @param width channels of a token, a multiple of 4 x heads
 * @param depth blocks, at least 1
 * @param heads attention heads, at least 1
 * @param hidden channels inside the MLP, at least 1
 * @param gated whether the MLP is a SwiGLU (Shazeer 2020, equation 6)
 * @param patch side of a patch in pixels, at least 1
 * @param storageTokens storage (register) tokens, at least 0; of DeiT its distillation token
 * @param kind in what else it differs from others
 * @param assumedHeads whether nothing tells the number of heads, so that the usual one is taken
 */
public record VitConfig(
    int width,
    int depth,
    int heads,
    int hidden,
    boolean gated,
    int patch,
    int storageTokens,
    VitKind kind,
    boolean assumedHeads) {
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

  /** Channels and blocks of ViTs before DINOv3. */
  private static final Map<List<Integer>, String> USUAL =
      Map.of(
          List.of(192, 12), "Ti",
          List.of(384, 12), "S",
          List.of(768, 12), "B",
          List.of(1024, 24), "L",
          List.of(1280, 32), "H",
          List.of(1408, 40), "g",
          List.of(1536, 40), "g",
          List.of(1664, 48), "G",
          List.of(1152, 27), "SO400M");

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
    // Rotary positions turn pairs of channels by two coordinates.
    int multiple = kind.positions().isPresent() ? 1 : 4;
    if (heads < 1 || width < 1 || width % ((long) multiple * heads) != 0) {
      throw new IllegalArgumentException(
          "ViT of "
              + width
              + " channels and "
              + heads
              + " heads: expected heads of as many channels each"
              + (multiple == 1 ? "" : ", a multiple of 4"));
    }
    if (depth < 1 || hidden < 1 || patch < 1 || storageTokens < 0) {
      throw new IllegalArgumentException(
          "ViT of %d blocks, %d channels in the MLP, patches of %d and %d storage tokens: expected"
                  .formatted(depth, hidden, patch, storageTokens)
              + " at least 1, 1, 1 and 0");
    }
  }

  /** DINOv3's. */
  public VitConfig(
      int width, int depth, int heads, int hidden, boolean gated, int patch, int storageTokens) {
    this(width, depth, heads, hidden, gated, patch, storageTokens, VitKind.DINOV3, false);
  }

  private static VitConfig published(int width, int depth, int heads, int hidden, boolean gated) {
    return new VitConfig(width, depth, heads, hidden, gated, PATCH, STORAGE);
  }

  /** Channels of an attention head. */
  int headWidth() {
    return width / heads;
  }

  /** Tokens before the storage tokens: the class token, if there is one. */
  int classTokens() {
    return kind.classToken() ? 1 : 0;
  }

  /** Tokens before the patches: the class token and the storage tokens. */
  int tokensBeforePatches() {
    return classTokens() + storageTokens;
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
    List<HookPoint> points = new ArrayList<>(List.of(patches));
    if (kind.classToken()) {
      points.add(patches.of(HookPoint.Tokens.CLS));
    }
    if (storageTokens > 0) {
      points.add(patches.of(HookPoint.Tokens.STORAGE));
    }
    return points;
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
          problem
              + "this ViT has no storage tokens; it has patches"
              + (kind.classToken() ? ", and @cls" : ""));
    }
    if (at.tokens() == HookPoint.Tokens.CLS && !kind.classToken()) {
      throw new IllegalArgumentException(problem + "this ViT has no class token");
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
    return "%s%s/%d, %d blocks of %d channels, %d heads%s, %s of %d%s, %d storage tokens%s"
        .formatted(
            kind.name(),
            size(),
            patch,
            depth,
            width,
            heads,
            assumedHeads ? " (assumed: the vision option heads says otherwise)" : "",
            gated ? "SwiGLU" : "MLP",
            hidden,
            activation(),
            storageTokens,
            kind.positions()
                .map(
                    learned ->
                        ", positions of %d x %d%s"
                            .formatted(
                                learned.rows(),
                                learned.columns(),
                                kind.classToken() && learned.before() == 0
                                    ? ", none of the class token (assumed)"
                                    : ""))
                .orElse(""));
  }

  /**
   * What to say where the number of heads is a guess about a network of no published size; of those
   * of published sizes, {@link #describe} alone says that it is assumed.
   */
  Optional<String> doubt() {
    return assumedHeads && size().isEmpty()
        ? Optional.of(
            ("nothing tells into how many attention heads the network's %d channels are split: %d"
                    + " are assumed, give the vision option heads=%d if that is right, or the"
                    + " right number")
                .formatted(width, heads, heads))
        : Optional.empty();
  }

  private String activation() {
    String word = " with " + kind.activation().word();
    if (kind.assumed()) {
      return word + " (assumed: the vision option `activation` says otherwise)";
    }
    return kind.activation() == Activation.GELU ? "" : word;
  }

  private String size() {
    String size =
        kind.equals(VitKind.DINOV3)
            ? PUBLISHED.get(published(width, depth, heads, hidden, gated))
            : USUAL.get(List.of(width, depth));
    return size == null ? "" : "-" + size;
  }
}
