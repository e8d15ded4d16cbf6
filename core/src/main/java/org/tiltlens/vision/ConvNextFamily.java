package org.tiltlens.vision;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.PartOfNetwork;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.vision.ConvNextNames.Dialect;

/** ConvNeXts: DINOv3's, the supervised ones and CLIP's, with and without global response norms. */
final class ConvNextFamily implements Family {
  @Override
  public List<String> landmarks() {
    return Arrays.stream(Dialect.values()).map(Dialect::landmark).toList();
  }

  @Override
  public Optional<Recognised> in(TensorStore onePart, Beside beside) {
    return find(onePart, beside).map(found -> found);
  }

  static Optional<Found> find(TensorStore store, Beside beside) {
    return ConvNextNames.in(store).flatMap(names -> find(store, names, beside));
  }

  private static Optional<Found> find(TensorStore store, ConvNextNames names, Beside beside) {
    requirePatches(store, names);
    ConvNextParts parts = ConvNextParts.of(store, names);
    return ConvNextConfig.recognise(store, names)
        .map(
            config ->
                new Found(
                    store,
                    names,
                    config,
                    parts,
                    ConvNextOrigin.of(store, names, parts, beside),
                    epsilon(names, config),
                    lastEpsilon(names, config, beside.configuration())));
  }

  /** timm's {@code _ols} have convolutions of 3 x 3 in their stem. */
  private static void requirePatches(TensorStore store, ConvNextNames names) {
    String stem = names.stored(ConvNextShapes.downsampling(0) + ".weight");
    TensorInfo info = store.entries().get(stem);
    if (info != null && info.shape().size() == 4 && info.shape().get(2) == 3) {
      throw new CheckpointException(
          "%s: tensor '%s' is %s: a ConvNeXt whose stem overlaps, expected patches of 4x4; %s"
              .formatted(store.source(), stem, info.shape(), OtherNetworks.INSTEAD));
    }
  }

  /** Of timm's {@code convnext_xxlarge} it is another, which no tensor tells. */
  private static double epsilon(ConvNextNames names, ConvNextConfig config) {
    boolean xxlarge = config.dims().equals(List.of(384, 768, 1536, 3072));
    return names.dialect() == Dialect.TIMM && xxlarge ? 1e-5 : 1e-6;
  }

  /** Hugging Face's has one of its own, with this default. */
  private static double lastEpsilon(ConvNextNames names, ConvNextConfig config, JsonNode said) {
    return names.dialect() == Dialect.HUGGING_FACE
        ? said.path("layer_norm_eps").asDouble(1e-12)
        : epsilon(names, config);
  }

  /** A ConvNeXt in a checkpoint. */
  record Found(
      TensorStore store,
      ConvNextNames names,
      ConvNextConfig config,
      ConvNextParts parts,
      ConvNextOrigin origin,
      double epsilon,
      double lastEpsilon)
      implements Recognised {
    /** In DINOv3, Meta's second name of the last norm. */
    private static final List<String> UNUSED = List.of("norms\\..*");

    @Override
    public String describe() {
      return config.describe(origin);
    }

    @Override
    public String prefix() {
      return names.prefix();
    }

    @Override
    public List<String> leftOut() {
      return part(Optional.empty()).leftOut(store);
    }

    @Override
    public List<BlockGroup> blocks() {
      return config.blocks();
    }

    @Override
    public Preprocessing preprocessing() {
      boolean clip = origin == ConvNextOrigin.CLIP;
      return (clip ? ImagePreset.CLIP : ImagePreset.IMAGENET).images();
    }

    private Map<String, List<Long>> needed(Optional<HookPoint> last) {
      return last.map(at -> ConvNextShapes.upTo(config, parts, at))
          .orElseGet(() -> ConvNextShapes.all(config, parts));
    }

    private PartOfNetwork part(Optional<HookPoint> last) {
      return new PartOfNetwork(
          prefix(),
          asStored(needed(Optional.empty())),
          asStored(needed(last)),
          names::stored,
          UNUSED);
    }

    /** Some have ones in other places of their shapes: layer scales, pointwise convolutions. */
    private Map<String, List<Long>> asStored(Map<String, List<Long>> shapes) {
      Map<String, List<Long>> stored = new LinkedHashMap<>();
      shapes.forEach(
          (name, shape) -> {
            TensorInfo info = store.entries().get(names.stored(name));
            boolean same = info != null && sizes(info.shape()).equals(sizes(shape));
            stored.put(name, same ? info.shape() : shape);
          });
      return stored;
    }

    private static List<Long> sizes(List<Long> shape) {
      return shape.stream().filter(size -> size != 1).toList();
    }

    @Override
    public ConvNext open(Device device, Normalisation normalisation, Optional<HookPoint> last) {
      Weights weights = part(last).load(store, device).shaped(needed(last));
      ConvNextForward forward =
          new ConvNextForward(config, epsilon, lastEpsilon, normalisation, weights, device);
      return new ConvNext(describe(), forward, last);
    }
  }
}
