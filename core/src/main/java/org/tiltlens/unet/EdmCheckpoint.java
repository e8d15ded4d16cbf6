package org.tiltlens.unet;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.ClassLabels;
import org.tiltlens.diffusion.ContinuousDenoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.Told;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.torch.Device;

/** Finds a DDPM++ or NCSN++ network of EDM in a checkpoint, as its state dict. */
public final class EdmCheckpoint {
  private static final String LANDMARK = "map_layer0.weight";

  /** Of a network that is told how images were augmented, which they are not here. */
  private static final List<String> IGNORED = List.of("map_augment\\.weight");

  private EdmCheckpoint() {}

  /** Whether a checkpoint holds one. */
  public static boolean isOne(TensorStore store) {
    return !Parts.of(store, LANDMARK).prefixes().isEmpty();
  }

  private static TensorStore network(TensorStore store) {
    return store.under(Parts.of(store, LANDMARK).usual("networks of EDM", Parts.OF_PRIOR));
  }

  private static EdmConfig config(TensorStore network) {
    Map<String, List<Long>> shapes = new TreeMap<>();
    network.entries().forEach((name, info) -> shapes.put(name, info.shape()));
    return EdmConfig.of(network.source(), shapes);
  }

  /**
   * Loads it.
   *
   * @param options {@code sigma_data}, which the tensors do not tell
   * @throws IllegalArgumentException if that is missing
   * @throws org.tiltlens.checkpoint.CheckpointException if the tensors are not of such a network
   */
  public static ContinuousDenoiser load(
      TensorStore store, Map<String, String> options, Device device) {
    TensorStore network = network(store);
    EdmConfig config = config(network);
    double deviation = deviation(store, options);
    Weights weights =
        Weights.load(network, EdmLayout.shapes(config), UnaryOperator.identity(), IGNORED, device);
    return new EdmUnet(config, deviation, weights, device);
  }

  private static double deviation(TensorStore store, Map<String, String> options) {
    String said = options.get("sigma_data");
    if (said == null) {
      throw new IllegalArgumentException(
          ("the tensors of %s do not tell how EDM's network is used: give `priorOption`"
                  + " sigma_data=0.5 if it is of an EDMPrecond, as those of names edm-...; others"
                  + " are not read")
              .formatted(store.source()));
    }
    List<Double> read = new AdmOptions(options).decimals("sigma_data");
    if (read.size() != 1 || !(read.get(0) > 0 && read.get(0) < Double.MAX_VALUE)) {
      throw new IllegalArgumentException(
          "option sigma_data: '" + said + "' is no number above 0, such as 0.5");
    }
    return read.get(0);
  }

  /**
   * How it is to be sampled: {@code sigma_small} and {@code clip_denoised} by guided-diffusion's
   * names, {@code label} as ever; estimates are not clipped unless that is said.
   *
   * @throws IllegalArgumentException if a value is not of its kind
   */
  public static DiffusionPrior.Options options(TensorStore store, Map<String, String> options) {
    AdmOptions read = new AdmOptions(options);
    int classes = config(network(store)).classes();
    return new DiffusionPrior.Options(
        read.flag("sigma_small", true) ? VarianceType.FIXED_SMALL : VarianceType.FIXED_LARGE,
        read.flag("clip_denoised", false),
        Told.SIGMA,
        Optional.ofNullable(options.get("label")).map(label -> ClassLabels.parse(label, classes)),
        Predicts.X0);
  }

  /**
   * One line on it; empty if there is none.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if there is one that is not read
   */
  public static Optional<String> describe(TensorStore store) {
    if (!isOne(store)) {
      return Optional.empty();
    }
    TensorStore network = network(store);
    EdmConfig config = config(network);
    Weights.require(network, EdmLayout.shapes(config), UnaryOperator.identity(), IGNORED);
    String attention =
        IntStream.range(0, config.widths().size())
            .filter(level -> config.attention().get(level))
            .mapToObj(level -> Integer.toString(1 << level))
            .collect(Collectors.joining(","));
    return Optional.of(
        String.format(
            "%s network of EDM, %d x %d pixels, %s channels, %d blocks a level, attention at"
                + " downsampling %s%s",
            config.kind(),
            config.side(),
            config.side(),
            config.widths().stream().map(String::valueOf).collect(Collectors.joining(",")),
            config.blocks(),
            attention.isEmpty() ? "none" : attention,
            config.classes() > 0 ? ", " + config.classes() + " classes" : ""));
  }
}
