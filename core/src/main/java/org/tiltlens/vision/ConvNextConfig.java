package org.tiltlens.vision;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;

/**
 * The shape of a ConvNeXt (Liu et al. 2022): so many residual blocks of so many channels per stage.
 *
 * @param depths blocks of each stage, each at least 1
 * @param dims channels of each stage, each at least 1
 */
public record ConvNextConfig(List<Integer> depths, List<Integer> dims) {
  private static final Map<ConvNextConfig, String> PUBLISHED =
      Map.of(
          new ConvNextConfig(List.of(2, 2, 6, 2), List.of(40, 80, 160, 320)), "atto",
          new ConvNextConfig(List.of(2, 2, 6, 2), List.of(48, 96, 192, 384)), "femto",
          new ConvNextConfig(List.of(2, 2, 6, 2), List.of(64, 128, 256, 512)), "pico",
          new ConvNextConfig(List.of(2, 2, 8, 2), List.of(80, 160, 320, 640)), "nano",
          new ConvNextConfig(List.of(3, 3, 9, 3), List.of(96, 192, 384, 768)), "tiny",
          new ConvNextConfig(List.of(3, 3, 27, 3), List.of(96, 192, 384, 768)), "small",
          new ConvNextConfig(List.of(3, 3, 27, 3), List.of(128, 256, 512, 1024)), "base",
          new ConvNextConfig(List.of(3, 3, 27, 3), List.of(192, 384, 768, 1536)), "large",
          new ConvNextConfig(List.of(3, 3, 27, 3), List.of(256, 512, 1024, 2048)), "xlarge",
          new ConvNextConfig(List.of(3, 3, 27, 3), List.of(352, 704, 1408, 2816)), "huge");

  /** In the order in which they are computed. */
  private static final List<HookPoint.Site> SITES =
      List.of(
          HookPoint.Site.RESID_PRE,
          HookPoint.Site.CONV_OUT,
          HookPoint.Site.BLOCK_OUT,
          HookPoint.Site.RESID_POST);

  private static final Pattern BLOCK =
      Pattern.compile("stages\\.(0|[1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})");
  private static final long LARGEST = 1 << 16;

  public ConvNextConfig {
    depths = List.copyOf(depths);
    dims = List.copyOf(dims);
    if (depths.isEmpty()
        || depths.size() != dims.size()
        || depths.stream().anyMatch(depth -> depth < 1)
        || dims.stream().anyMatch(dim -> dim < 1)) {
      throw new IllegalArgumentException(
          "ConvNeXt with depths "
              + depths
              + " and dims "
              + dims
              + ": expected one depth and one number of channels per stage, all at least 1");
    }
  }

  /** A block by its two indices. */
  record Block(int stage, int index) {}

  /**
   * Reads the shape off a checkpoint's tensors, if they are a ConvNeXt's.
   *
   * <p>The names of {@link ConvNextNames.Dialect}, and any prefix before them, are understood.
   */
  public static Optional<ConvNextConfig> recognise(TensorStore store) {
    return ConvNextNames.in(store).flatMap(names -> recognise(store, names));
  }

  static Optional<ConvNextConfig> recognise(TensorStore store, ConvNextNames names) {
    Map<String, TensorInfo> entries = store.entries();
    List<Integer> depths = new ArrayList<>();
    List<Integer> dims = new ArrayList<>();
    for (int stage = 0; ; stage++) {
      TensorInfo convolution =
          entries.get(names.stored(ConvNextShapes.downsampling(stage) + ".weight"));
      int depth = 0;
      while (entries.containsKey(
          names.stored(ConvNextShapes.block(stage, depth) + "dwconv.weight"))) {
        depth++;
      }
      if (convolution == null || depth == 0) {
        break;
      }
      if (convolution.shape().size() != 4
          || convolution.shape().get(0) < 1
          || convolution.shape().get(0) > LARGEST) {
        return Optional.empty();
      }
      depths.add(depth);
      dims.add(convolution.shape().get(0).intValue());
    }
    return depths.isEmpty() ? Optional.empty() : Optional.of(new ConvNextConfig(depths, dims));
  }

  /** Number of stages. */
  public int stages() {
    return depths.size();
  }

  /** All hook points, in the order in which they are computed. */
  List<HookPoint> hookPoints() {
    List<HookPoint> points = new ArrayList<>();
    for (int stage = 0; stage < stages(); stage++) {
      for (int block = 0; block < depths.get(stage); block++) {
        for (HookPoint.Site site : SITES) {
          points.add(new HookPoint("stages." + stage + "." + block, site));
        }
      }
    }
    return points;
  }

  /** The blocks, stage by stage. */
  public List<BlockGroup> blocks() {
    List<String> hooks = SITES.stream().map(HookPoint.Site::hookName).toList();
    return IntStream.range(0, stages())
        .mapToObj(s -> new BlockGroup("stages." + s, depths.get(s), dims.get(s), hooks))
        .toList();
  }

  /**
   * The block a hook point is in.
   *
   * @throws IllegalArgumentException if there is no such block
   */
  Block block(HookPoint at) {
    Matcher matcher = BLOCK.matcher(at.block());
    String problem = "hook point '" + at + "' does not exist: ";
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          problem + "the blocks of a ConvNeXt are named stages.<stage>.<block>");
    }
    int stage = Integer.parseInt(matcher.group(1));
    int index = Integer.parseInt(matcher.group(2));
    if (!SITES.contains(at.site()) || at.tokens() != HookPoint.Tokens.PATCHES) {
      throw new IllegalArgumentException(
          problem
              + "a block of a ConvNeXt has "
              + SITES.stream().map(HookPoint.Site::hookName).collect(Collectors.joining(", "))
              + ", and no tokens beside its map");
    }
    if (stage >= stages()) {
      throw new IllegalArgumentException(problem + "there are stages 0.." + (stages() - 1));
    }
    if (index >= depths.get(stage)) {
      throw new IllegalArgumentException(
          problem + "stage " + stage + " has blocks 0.." + (depths.get(stage) - 1));
    }
    return new Block(stage, index);
  }

  /** One line: {@code DINOv3 ConvNeXt-large, depths 3,3,27,3, channels 192,384,768,1536}. */
  String describe(ConvNextOrigin origin) {
    String size = PUBLISHED.get(this);
    return origin.title(size == null ? "" : "-" + size)
        + ", depths "
        + commas(depths)
        + ", channels "
        + commas(dims);
  }

  private static String commas(List<Integer> numbers) {
    return numbers.stream().map(Object::toString).collect(Collectors.joining(","));
  }
}
