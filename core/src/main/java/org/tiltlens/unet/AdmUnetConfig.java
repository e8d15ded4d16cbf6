package org.tiltlens.unet;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * The options of an ADM UNet (Dhariwal and Nichol 2021), by the names of OpenAI's guided-diffusion.
 *
 * @param imageSize side of the images; the network itself accepts any multiple of its downsampling
 * @param inChannels channels of the images
 * @param modelChannels base width ({@code num_channels}), even; every level's width is a multiple
 *     of 32
 * @param outChannels channels of the prediction: {@code inChannels} (epsilon), or twice that
 *     (epsilon and variance, {@code learn_sigma})
 * @param channelMult width of each level, finest first, in units of {@code modelChannels}
 * @param numResBlocks residual blocks per level on the way down; one more on the way up
 * @param attentionDownsampling downsampling factors (1, 2, 4, ...) of the levels with attention;
 *     factors that no level has are dropped
 * @param heads how attention splits its channels
 * @param numClasses number of classes; 0: not class-conditional
 * @param useScaleShiftNorm whether the timestep scales and shifts a normalised map, or is added
 * @param resblockUpdown whether residual blocks change the resolution, or layers of their own
 * @param convResample whether those layers have a convolution; ignored with {@code resblockUpdown}
 * @param patchSize side of the patches that the network sees as one pixel of {@code patchSize^2}
 *     times the channels; 1 as published. With 2 the levels start at half the resolution, which is
 *     several times cheaper
 */
public record AdmUnetConfig(
    int imageSize,
    int inChannels,
    int modelChannels,
    int outChannels,
    List<Double> channelMult,
    int numResBlocks,
    List<Integer> attentionDownsampling,
    AttentionHeads heads,
    int numClasses,
    boolean useScaleShiftNorm,
    boolean resblockUpdown,
    boolean convResample,
    int patchSize) {

  /** The published unconditional ImageNet 256 x 256 model, {@code 256x256_diffusion_uncond.pt}. */
  public static final AdmUnetConfig IMAGENET_256 =
      new AdmUnetConfig(
          256,
          3,
          256,
          6,
          defaultChannelMult(256),
          2,
          List.of(8, 16, 32),
          AttentionHeads.CHANNELS_64,
          0,
          true,
          true,
          true,
          1);

  private static final int LARGEST_IMAGE = 1 << 13;

  public AdmUnetConfig {
    channelMult = List.copyOf(channelMult);
    int levels = channelMult.size();
    if (levels < 1 || levels > 12 || numResBlocks < 1 || numResBlocks > 100) {
      throw new IllegalArgumentException(
          "an ADM UNet has 1..12 levels of 1..100 residual blocks, not "
              + levels
              + " of "
              + numResBlocks);
    }
    if (modelChannels < 2 || modelChannels % 2 != 0) {
      throw new IllegalArgumentException(
          "num_channels: " + modelChannels + ", must be positive and even");
    }
    attentionDownsampling =
        IntStream.range(0, levels)
            .map(level -> 1 << level)
            .filter(attentionDownsampling::contains)
            .boxed()
            .toList();
    resblockUpdown = resblockUpdown && levels > 1;
    convResample = convResample || resblockUpdown || levels == 1;
    for (int level = 0; level < levels; level++) {
      int width = (int) (channelMult.get(level) * modelChannels);
      if (width < 1 || width % GroupNorms.ADM.groups() != 0) {
        throw new IllegalArgumentException(
            String.format(
                "level %d has %s x %d = %d channels, must be a positive multiple of %d",
                level, channelMult.get(level), modelChannels, width, GroupNorms.ADM.groups()));
      }
    }
    if (outChannels != inChannels && outChannels != 2 * inChannels) {
      throw new IllegalArgumentException(
          "an ADM UNet of "
              + inChannels
              + " input channels has "
              + inChannels
              + " output channels, or twice that with learn_sigma, not "
              + outChannels);
    }
    if (patchSize < 1 || patchSize > 64) {
      throw new IllegalArgumentException("patch_size: " + patchSize + ", must be 1..64");
    }
    int coarsest = patchSize << (levels - 1);
    if (imageSize > LARGEST_IMAGE) {
      throw new IllegalArgumentException(
          "image size " + imageSize + ", expected at most " + LARGEST_IMAGE);
    }
    if (imageSize < 1 || imageSize % coarsest != 0) {
      throw new IllegalArgumentException(
          "image size "
              + imageSize
              + " cannot be halved "
              + (levels - 1)
              + " times"
              + (patchSize == 1 ? "" : " in patches of " + patchSize));
    }
  }

  /**
   * Reads the options of guided-diffusion's {@code create_model}, as its command lines and our
   * checkpoints' metadata write them.
   *
   * <p>Options that are absent have guided-diffusion's defaults; those of training and diffusion
   * are ignored. Beyond the original: {@code in_channels} (3), {@code num_classes} (1000, when
   * {@code class_cond}), {@code conv_resample} (True) and {@code patch_size} (1). {@code
   * attention_resolutions} are sides of the network's maps, those of {@code image_size /
   * patch_size} pixels at the finest level.
   */
  public static AdmUnetConfig fromOptions(Map<String, String> options) {
    AdmOptions read = new AdmOptions(options);
    int size = read.integer("image_size", 64);
    int in = read.integer("in_channels", 3);
    int patch = read.integer("patch_size", 1);
    return new AdmUnetConfig(
        size,
        in,
        read.integer("num_channels", 128),
        read.flag("learn_sigma", false) ? 2 * in : in,
        read.text("channel_mult", "").isEmpty()
            ? defaultChannelMult(size)
            : read.decimals("channel_mult"),
        read.integer("num_res_blocks", 2),
        read.integers("attention_resolutions", "16,8").stream()
            .filter(resolution -> resolution > 0)
            .map(resolution -> size / Math.max(1, patch) / resolution)
            .toList(),
        new AttentionHeads(
            read.integer("num_heads", 4),
            read.integer("num_heads_upsample", -1),
            read.integer("num_head_channels", -1),
            read.flag("use_new_attention_order", false)),
        read.flag("class_cond", false) ? read.integer("num_classes", 1000) : 0,
        read.flag("use_scale_shift_norm", true),
        read.flag("resblock_updown", false),
        read.flag("conv_resample", true),
        patch);
  }

  /** The options that {@link #fromOptions} reads back as this, for a checkpoint's metadata. */
  public Map<String, String> options() {
    return Map.ofEntries(
        entry("image_size", imageSize),
        entry("in_channels", inChannels),
        entry("num_channels", modelChannels),
        entry("learn_sigma", learnSigma()),
        entry("channel_mult", commas(channelMult)),
        entry("num_res_blocks", numResBlocks),
        entry(
            "attention_resolutions",
            commas(attentionDownsampling.stream().map(d -> imageSize / patchSize / d).toList())),
        entry("num_heads", heads.count()),
        entry("num_heads_upsample", heads.countUpsample()),
        entry("num_head_channels", heads.channels()),
        entry("use_new_attention_order", heads.newOrder()),
        entry("class_cond", numClasses > 0),
        entry("num_classes", numClasses),
        entry("use_scale_shift_norm", useScaleShiftNorm),
        entry("resblock_updown", resblockUpdown),
        entry("conv_resample", convResample),
        entry("patch_size", patchSize));
  }

  /**
   * Refuses options that say otherwise than the tensors of which this was read.
   *
   * @param options as {@link #fromOptions} reads them; absent ones say nothing
   * @throws IllegalArgumentException if one does; it names the value that was read
   */
  public void requireAgrees(Map<String, String> options) {
    AdmOptions said = new AdmOptions(options);
    requireSame(options, "num_channels", modelChannels, said.integer("num_channels", 0));
    requireSame(options, "num_res_blocks", numResBlocks, said.integer("num_res_blocks", 0));
    requireSame(options, "learn_sigma", learnSigma(), said.flag("learn_sigma", false));
    requireSame(options, "class_cond", numClasses > 0, said.flag("class_cond", false));
    requireSame(
        options,
        "use_scale_shift_norm",
        useScaleShiftNorm,
        said.flag("use_scale_shift_norm", true));
    if (levels() > 1) {
      requireSame(options, "resblock_updown", resblockUpdown, said.flag("resblock_updown", false));
    }
    if (!said.text("channel_mult", "").isEmpty()) {
      requireSame(options, "channel_mult", channelMult, said.decimals("channel_mult"));
    }
    requireSame(
        options,
        "attention_resolutions",
        attentionDownsampling,
        IntStream.range(0, levels())
            .map(level -> 1 << level)
            .filter(
                downsampling ->
                    said.integers("attention_resolutions", "").stream()
                        .anyMatch(side -> side > 0 && imageSize / patchSize / side == downsampling))
            .boxed()
            .toList());
  }

  private void requireSame(Map<String, String> options, String name, Object read, Object said) {
    if (options.containsKey(name) && !read.equals(said)) {
      throw new IllegalArgumentException(
          ("`priorOption` %s=%s contradicts the tensors, of which %s was read: leave it out, or"
                  + " give the checkpoint that it is of")
              .formatted(name, options.get(name), options().get(name)));
    }
  }

  private static Map.Entry<String, String> entry(String name, Object value) {
    return Map.entry(name, value.toString());
  }

  private static String commas(List<?> values) {
    return values.stream().map(Object::toString).collect(Collectors.joining(","));
  }

  private static List<Double> defaultChannelMult(int imageSize) {
    double[] mult =
        switch (imageSize) {
          case 512 -> new double[] {0.5, 1, 1, 2, 2, 4, 4};
          case 256 -> new double[] {1, 1, 2, 2, 4, 4};
          case 128 -> new double[] {1, 1, 2, 3, 4};
          case 64 -> new double[] {1, 2, 3, 4};
          default ->
              throw new IllegalArgumentException(
                  "no default channel_mult for image size "
                      + imageSize
                      + " (only for 64, 128, 256, 512): give channel_mult");
        };
    return Arrays.stream(mult).boxed().toList();
  }

  /** Number of resolutions. */
  int levels() {
    return channelMult.size();
  }

  /** Channels at a level; level 0 is the finest. */
  int width(int level) {
    return (int) (channelMult.get(level) * modelChannels);
  }

  /** Whether a level has attention. */
  boolean attentionAt(int level) {
    return attentionDownsampling.contains(1 << level);
  }

  /** Pixels the network sees as one. */
  private int patchPixels() {
    return patchSize * patchSize;
  }

  /** Channels of the network's own input. */
  int networkInChannels() {
    return inChannels * patchPixels();
  }

  /** Channels of the network's own output. */
  int networkOutChannels() {
    return outChannels * patchPixels();
  }

  /** Width of the timestep embedding. */
  int embeddingWidth() {
    return 4 * modelChannels;
  }

  /** Whether the output holds a variance beside epsilon. */
  public boolean learnSigma() {
    return outChannels == 2 * inChannels;
  }
}
