package org.tiltlens.unet;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.ClassLabels;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.Told;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.torch.Device;

/** Finds an ADM UNet in a checkpoint and tells its options from its tensors. */
public final class AdmCheckpoint {
  /** A tensor that every ADM UNet has; what stands before it is the checkpoint's prefix. */
  private static final String LANDMARK = "time_embed.0.weight";

  private AdmCheckpoint() {}

  /**
   * The options that the tensors' names and shapes show.
   *
   * <p>They show everything except the image size and how attention is split into heads.
   *
   * @param imageSize side of the images the network was trained on
   * @param heads how attention is split; a wrong guess gives wrong images, not an error
   * @throws CheckpointException if the checkpoint holds no ADM UNet
   */
  public static AdmUnetConfig recognise(TensorStore store, int imageSize, AttentionHeads heads) {
    return recognise(store, false, imageSize, heads);
  }

  private static AdmUnetConfig recognise(
      TensorStore store, boolean latents, int imageSize, AttentionHeads heads) {
    TensorStore network = network(store);
    NavigableMap<String, List<Long>> shapes = new TreeMap<>();
    network.entries().forEach((name, info) -> shapes.put(name, info.shape()));
    return new AdmRecognition(store.source(), shapes, latents).config(imageSize, heads);
  }

  /**
   * The options that the tensors show, completed by the two that they do not.
   *
   * @param options guided-diffusion's names -> values: {@code image_size}, and where the network
   *     has attention one of {@code num_head_channels} and {@code num_heads} (with {@code
   *     num_heads_upsample} and {@code use_new_attention_order} if they differ from
   *     guided-diffusion's defaults). Others are not looked at: the tensors know better.
   * @throws IllegalArgumentException if they are missing or wrong
   * @throws CheckpointException if the checkpoint holds no ADM UNet
   */
  public static AdmUnetConfig recognise(TensorStore store, Map<String, String> options) {
    return recognise(store, false, options);
  }

  /** The same of a network of latents, whose {@code image_size} is their side. */
  static AdmUnetConfig recogniseLatents(TensorStore store, Map<String, String> options) {
    return recognise(store, true, options);
  }

  private static AdmUnetConfig recognise(
      TensorStore store, boolean latents, Map<String, String> options) {
    AdmOptions read = new AdmOptions(options);
    network(store);
    require(store, options, "image_size", "256");
    AttentionHeads heads =
        new AttentionHeads(
            read.integer("num_heads", 4),
            read.integer("num_heads_upsample", -1),
            read.integer("num_head_channels", -1),
            read.flag("use_new_attention_order", false));
    AdmUnetConfig config = recognise(store, latents, read.integer("image_size", 0), heads);
    if (!config.attentionDownsampling().isEmpty() && !options.containsKey("num_heads")) {
      require(store, options, "num_head_channels", "64");
    }
    return config;
  }

  private static void require(
      TensorStore store, Map<String, String> options, String name, String example) {
    if (!options.containsKey(name)) {
      throw new IllegalArgumentException(
          "the tensors of "
              + store.source()
              + " do not tell its "
              + name
              + ": give `priorOption` "
              + name
              + "="
              + example
              + " (or whatever it was trained with)");
    }
  }

  /**
   * How a network of these options is to be sampled, by guided-diffusion's names: {@code
   * sigma_small}, {@code clip_denoised}, {@code rescale_timesteps}, {@code predict_xstart}; and
   * {@code label} ({@link ClassLabels#parse}) and {@code prediction} ({@link Predicts#parse}),
   * which are ours. Absent ones have guided-diffusion's defaults.
   *
   * @throws IllegalArgumentException if a value is not of its kind
   */
  public static DiffusionPrior.Options options(AdmUnetConfig config, Map<String, String> options) {
    AdmOptions read = new AdmOptions(options);
    VarianceType fixed =
        read.flag("sigma_small", false) ? VarianceType.FIXED_SMALL : VarianceType.FIXED_LARGE;
    return new DiffusionPrior.Options(
        config.learnSigma() ? VarianceType.LEARNED_RANGE : fixed,
        read.flag("clip_denoised", true),
        read.flag("rescale_timesteps", false) ? Told.OF_THOUSAND : Told.STEP,
        Optional.ofNullable(options.get("label"))
            .map(label -> ClassLabels.parse(label, config.numClasses())),
        predicts(read));
  }

  /** {@code prediction} is ours, {@code predict_xstart} guided-diffusion's. */
  private static Predicts predicts(AdmOptions read) {
    boolean clean = read.flag("predict_xstart", false);
    Predicts said = Predicts.parse(read.text("prediction", clean ? "x0" : "epsilon"));
    if (clean && said != Predicts.X0) {
      throw new IllegalArgumentException(
          "`priorOption` predict_xstart=True contradicts prediction=%s: leave one of them out"
              .formatted(said.word()));
    }
    return said;
  }

  /** One line on the ADM UNet in a checkpoint; empty if there is none. */
  public static Optional<String> describe(TensorStore store) {
    if (parts(store).prefixes().isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(describe(store, false));
  }

  /** The same of a network of latents. */
  static String describeLatents(TensorStore store) {
    return describe(store, true);
  }

  private static String describe(TensorStore store, boolean latents) {
    // Neither the image size nor the heads show, and the description has neither.
    AdmUnetConfig config = recognise(store, latents, 1 << 12, new AttentionHeads(1, -1, -1, false));
    Weights.require(network(store), AdmLayout.shapes(config), UnaryOperator.identity(), List.of());
    return String.format(
            "ADM UNet, %s%d channels x %s, %d res blocks a level, attention at downsampling %s,"
                + " %s%s%s%s",
            config.patchSize() > 1 ? "patches of " + config.patchSize() + ", " : "",
            config.modelChannels(),
            list(config.channelMult()),
            config.numResBlocks(),
            list(config.attentionDownsampling()),
            config.learnSigma() ? "learned variance" : "fixed variance",
            config.numClasses() > 0 ? ", " + config.numClasses() + " classes" : "",
            config.useScaleShiftNorm() ? ", scale-shift norm" : "",
            config.resblockUpdown() ? ", resblock up/down" : "")
        + untold(store, !config.attentionDownsampling().isEmpty());
  }

  /** The options without which {@link #recognise} refuses it; empty if it tells all. */
  private static String untold(TensorStore store, boolean attends) {
    Set<String> told = store.metadata().keySet();
    List<String> untold = new ArrayList<>();
    if (!told.contains("image_size")) {
      untold.add("image_size");
    }
    if (attends && !told.contains("num_heads") && !told.contains("num_head_channels")) {
      untold.add("num_head_channels");
    }
    return untold.isEmpty() ? "" : "; give the options " + String.join(", ", untold);
  }

  static Weights weights(TensorStore store, AdmUnetConfig config, Device device) {
    return Weights.load(
        network(store), AdmLayout.shapes(config), UnaryOperator.identity(), List.of(), device);
  }

  /** The network's tensors by their names in guided-diffusion; they may share a prefix. */
  private static TensorStore network(TensorStore store) {
    ForeignPrior.in(store)
        .ifPresent(
            foreign -> {
              throw foreign.refusal(store.source());
            });
    Parts parts = parts(store);
    if (parts.prefixes().isEmpty()) {
      throw new CheckpointException(
          "%s is no checkpoint of an ADM UNet: expected a tensor '%s', with or without a prefix"
              .formatted(store.source(), LANDMARK));
    }
    return store.under(parts.usual("ADM UNets", Parts.OF_PRIOR));
  }

  /** The networks in a checkpoint, such as a prior and its moving average. */
  public static Parts parts(TensorStore store) {
    return Parts.of(store, LANDMARK);
  }

  /** {@code 1,2,4}; whole numbers without a fraction. */
  private static String list(List<? extends Number> values) {
    return values.isEmpty()
        ? "none"
        : values.stream()
            .map(value -> value.toString().replaceFirst("\\.0$", ""))
            .collect(Collectors.joining(","));
  }
}
