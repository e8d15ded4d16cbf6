package org.tiltlens.vision;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.tiltlens.residual.NormedConvolution;
import org.tiltlens.residual.ResNetBlock;
import org.tiltlens.residual.ResNetShortcut;
import org.tiltlens.residual.ResNetStem;

/**
 * The shape of a ResNet (He et al. 2016): a stem, then layers of residual blocks; as of the second,
 * a layer's first block halves height and width.
 */
record ResNetConfig(ResNetStem stem, List<List<ResNetBlock>> layers) {
  /** In the order in which they are computed. */
  private static final List<HookPoint.Site> SITES =
      List.of(HookPoint.Site.RESID_PRE, HookPoint.Site.BLOCK_OUT, HookPoint.Site.RESID_POST);

  private static final Pattern BLOCK = Pattern.compile("layer([1-9]\\d{0,3})\\.(0|[1-9]\\d{0,3})");

  ResNetConfig {
    layers = layers.stream().map(List::copyOf).toList();
  }

  /** A block by its two indices, both from 0. */
  record Place(int layer, int index) {}

  /** All hook points, in the order in which they are computed. */
  List<HookPoint> hookPoints() {
    List<HookPoint> points = new ArrayList<>();
    for (int layer = 0; layer < layers.size(); layer++) {
      for (int block = 0; block < layers.get(layer).size(); block++) {
        for (HookPoint.Site site : SITES) {
          points.add(new HookPoint(name(layer, block), site));
        }
      }
    }
    return points;
  }

  /** The blocks, layer by layer, with the channels of what they leave. */
  List<BlockGroup> groups() {
    List<String> hooks = SITES.stream().map(HookPoint.Site::hookName).toList();
    return IntStream.range(0, layers.size())
        .mapToObj(
            layer ->
                new BlockGroup(
                    "layer" + (layer + 1),
                    layers.get(layer).size(),
                    Math.toIntExact(layers.get(layer).get(0).out()),
                    hooks))
        .toList();
  }

  /** A block's name in hook points, which count layers from 1, as torchvision does. */
  static String name(int layer, int block) {
    return "layer" + (layer + 1) + "." + block;
  }

  /**
   * The block a hook point is in.
   *
   * @throws IllegalArgumentException if there is no such block
   */
  Place place(HookPoint at) {
    Matcher matcher = BLOCK.matcher(at.block());
    String problem = "hook point '" + at + "' does not exist: ";
    if (!matcher.matches()) {
      throw new IllegalArgumentException(
          problem + "the blocks of a ResNet are named layer<layer, from 1>.<block>");
    }
    int layer = Integer.parseInt(matcher.group(1)) - 1;
    int index = Integer.parseInt(matcher.group(2));
    if (!SITES.contains(at.site()) || at.tokens() != HookPoint.Tokens.PATCHES) {
      throw new IllegalArgumentException(
          problem
              + "a block of a ResNet has "
              + SITES.stream().map(HookPoint.Site::hookName).collect(Collectors.joining(", "))
              + ", and no tokens beside its map");
    }
    if (layer >= layers.size()) {
      throw new IllegalArgumentException(problem + "there are layer1..layer" + layers.size());
    }
    if (index >= layers.get(layer).size()) {
      throw new IllegalArgumentException(
          problem + "layer" + (layer + 1) + " has blocks 0.." + (layers.get(layer).size() - 1));
    }
    return new Place(layer, index);
  }

  /** Channels at a hook point. */
  long channels(HookPoint at) {
    Place place = place(at);
    List<ResNetBlock> blocks = layers.get(place.layer);
    if (at.site() != HookPoint.Site.RESID_PRE) {
      return blocks.get(place.index).out();
    }
    return blocks.get(place.index).convolutions().get(0).in();
  }

  /** Channels after the last layer. */
  long channels() {
    return layers.get(layers.size() - 1).get(0).out();
  }

  /** The convolutions that are needed up to a hook point, or all. */
  List<NormedConvolution> convolutions(Optional<HookPoint> last) {
    List<NormedConvolution> needed = new ArrayList<>(stem.convolutions());
    for (int layer = 0; layer < layers.size(); layer++) {
      for (int block = 0; block < layers.get(layer).size(); block++) {
        Place here = new Place(layer, block);
        boolean ends = last.isPresent() && place(last.get()).equals(here);
        if (ends && last.get().site() == HookPoint.Site.RESID_PRE) {
          return needed;
        }
        layers.get(layer).get(block).all().forEach(needed::add);
        if (ends) {
          return needed;
        }
      }
    }
    return needed;
  }

  /** The checkpoint's tensors that make them, prefix not included, with their shapes. */
  static Map<String, List<Long>> shapes(List<NormedConvolution> convolutions) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    convolutions.forEach(each -> shapes.putAll(each.shapes()));
    return shapes;
  }

  /**
   * One line: {@code ResNet-50, blocks 3,4,6,3, channels 256,512,1024,2048, stem 7x7 of stride 2
   * with max-pool}. The number counts the layers with weights between the image and the classes, as
   * the paper does.
   */
  String describe() {
    int depth = 2 + blocks().mapToInt(block -> block.convolutions().size()).sum();
    int groups =
        blocks().flatMap(ResNetBlock::all).mapToInt(NormedConvolution::groups).max().orElse(1);
    return "%s-%d, blocks %s, channels %s%s, %s%s"
        .formatted(
            groups > 1 ? "ResNeXt" : "ResNet",
            depth,
            layers.stream().map(layer -> "" + layer.size()).collect(Collectors.joining(",")),
            layers.stream().map(layer -> "" + layer.get(0).out()).collect(Collectors.joining(",")),
            inner(groups),
            stem.describe(),
            shortcuts());
  }

  /** Of a ResNeXt or a wide one, what distinguishes it. */
  private String inner(int groups) {
    ResNetBlock first = layers.get(0).get(0);
    long width = first.convolutions().get(0).out();
    if (groups > 1) {
      return ", %d groups of %d".formatted(groups, width / groups);
    }
    boolean wide = first.convolutions().size() == 3 && 4 * width != first.out();
    return wide ? ", bottlenecks of " + width : "";
  }

  private String shortcuts() {
    List<ResNetShortcut.Kind> kinds = blocks().map(block -> block.shortcut().kind()).toList();
    if (kinds.contains(ResNetShortcut.Kind.PADDED)) {
      return ", shortcuts without weights (subsampled, zero channels on either side)";
    }
    return kinds.contains(ResNetShortcut.Kind.AVERAGED) ? ", averaged shortcuts" : "";
  }

  private Stream<ResNetBlock> blocks() {
    return layers.stream().flatMap(List::stream);
  }
}
