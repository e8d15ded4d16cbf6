package org.tiltlens.vision;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Device;

/** Opens a checkpoint of a vision network, whichever of the known ones it holds. */
public final class VisionCheckpoint {
  /** Option: which of a file's networks to take; see {@link Parts}. */
  public static final String PART = "part";

  /**
   * What may be said of a network that its file does not tell: {@code part}; {@code preset}, a word
   * of {@link ImagePreset}, or {@code mean} and {@code std}, three numbers of values in [0, 1]
   * each; {@code size}, to which images are resized; {@code heads} and {@code activation} of a ViT.
   */
  public static final List<String> OPTIONS =
      List.of(PART, "preset", "mean", "std", "size", "heads", "activation");

  private static final Pattern SATELLITE = Pattern.compile("(?i)(^|[^a-z])sat[-_]?493m|satellite");

  /** In the order in which they are asked. */
  private static final List<Family> FAMILIES =
      List.of(new ConvNextFamily(), new VitFamily(), new ResNetFamily());

  private VisionCheckpoint() {}

  /** The networks in a checkpoint, by their families' landmarks. */
  public static Parts parts(TensorStore store) {
    return Parts.of(
        store,
        FAMILIES.stream()
            .flatMap(family -> family.landmarks().stream())
            .distinct()
            .toArray(String[]::new));
  }

  /**
   * The network in a checkpoint, recognised and not loaded; empty if it holds none that is known.
   *
   * @throws CheckpointException if there are several of which none is usual, or it is known and
   *     cannot be read; one line
   */
  public static Optional<RecognisedNetwork> network(TensorStore store, Beside beside) {
    return recognise(store, beside)
        .map(found -> new RecognisedNetwork(found, describe(found, beside)));
  }

  /**
   * Loads the network, or its part up to a hook point.
   *
   * @param path a file or a folder
   * @param last the last hook point wanted; later blocks are neither needed nor loaded
   * @throws CheckpointException if it holds no known network, or its tensors do not fit; one line
   * @throws IllegalArgumentException if {@code last} does not exist
   */
  public static PooledModel open(Path path, Device device, Optional<HookPoint> last) {
    return open(path, Map.of(), device, last);
  }

  /**
   * The same with what its file does not tell.
   *
   * @param options by {@link #OPTIONS}
   */
  public static PooledModel open(
      Path path, Map<String, String> options, Device device, Optional<HookPoint> last) {
    requireKnown(path, options);
    try (TensorStore store = Parts.open(path)) {
      Beside beside = Beside.of(path, options);
      Recognised found = recognise(store, beside).orElseThrow(() -> unknown(store));
      Preprocessing images = NetworkImages.of(found, beside).preprocessing();
      return new PreparedModel(
          found.open(device, images.normalisation(), last),
          describe(found, beside),
          last,
          images.size(),
          device);
    }
  }

  /**
   * What the user should know of a network: that its name says that it was trained on other images
   * than such networks usually are, DINOv3's of satellite images ({@code sat493m}); or that its
   * number of heads is a guess.
   *
   * @return one line; empty if there is nothing to say, also of what {@link #open} refuses
   * @throws CheckpointException if a settings file beside it is unusable
   */
  public static Optional<String> warning(Path path, Map<String, String> options) {
    return Stream.of(satellite(path, options), doubt(path, options))
        .flatMap(Optional::stream)
        .reduce((a, b) -> a + "; " + b);
  }

  private static Optional<String> doubt(Path path, Map<String, String> options) {
    try (TensorStore store = Parts.open(path)) {
      return recognise(store, Beside.of(path, options)).flatMap(Recognised::doubt);
    } catch (CheckpointException e) {
      return Optional.empty();
    }
  }

  private static Optional<String> satellite(Path path, Map<String, String> options) {
    return SATELLITE.matcher(path.toString()).find()
            && !NetworkImages.areSaid(Beside.of(path, options))
        ? Optional.of(
            ("'%s' is of satellite images by its name, and is shown images normalised as for"
                    + " ImageNet, as nothing says otherwise: give the vision option"
                    + " preset=satellite (or preset=imagenet if that is right)")
                .formatted(path))
        : Optional.empty();
  }

  private static String describe(Recognised found, Beside beside) {
    return found.describe() + "; " + NetworkImages.of(found, beside).describe();
  }

  /** An option that nobody reads would mislead who gave it. */
  private static void requireMeaning(Recognised network, Beside beside) {
    for (String option : VitFamily.OPTIONS) {
      if (beside.options().containsKey(option) && !(network instanceof VitFamily.Found)) {
        throw new CheckpointException(
            "vision option '%s' has a meaning only for a ViT, not for %s"
                .formatted(option, network.describe()));
      }
    }
  }

  private static void requireKnown(Path path, Map<String, String> options) {
    for (String name : options.keySet()) {
      if (!OPTIONS.contains(name)) {
        throw new IllegalArgumentException(
            "vision option '%s' has no meaning for '%s', which is no TorchScript network: expected some of %s"
                .formatted(name, path, OPTIONS));
      }
    }
  }

  /** The one recogniser: {@code inspect} and loading ask it alike. */
  static Optional<Recognised> recognise(TensorStore store, Beside beside) {
    Parts parts = parts(store);
    if (parts.prefixes().isEmpty()) {
      return Optional.empty();
    }
    String part = beside.options().get(PART);
    TensorStore meant =
        parts.only(part == null ? parts.usual("vision networks", Parts.OF_VISION) : part);
    OtherNetworks.requireUnchanged(meant);
    // What stands beside the only one may tell more of it.
    TensorStore one = parts.prefixes().size() == 1 ? store : meant;
    Optional<Recognised> found =
        FAMILIES.stream().flatMap(family -> family.in(one, beside).stream()).findFirst();
    found.ifPresent(network -> requireMeaning(network, beside));
    return found;
  }

  /**
   * What network a checkpoint seems to hold that is not read as data, and how to use it all the
   * same; empty if nothing tells.
   */
  public static Optional<String> other(TensorStore store) {
    return OtherNetworks.in(store).map(network -> refusal(store, ", but " + network));
  }

  private static CheckpointException unknown(TensorStore store) {
    return new CheckpointException(other(store).orElseGet(() -> refusal(store, "")));
  }

  private static String refusal(TensorStore store, String what) {
    return "%s holds no vision network that is read as data%s: %s"
        .formatted(store.source(), what, OtherNetworks.INSTEAD);
  }
}
