package org.tiltlens.torch;

import java.util.Optional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.InterpolateFuncOptions;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.LongVector;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.kBicubic;
import org.bytedeco.pytorch.kBilinear;

/**
 * The layers of neural networks as functions of (input, weights); meant for static import.
 *
 * <p>Shapes: images and maps are (N, C, H, W); a {@code bias} may be {@code null}.
 */
public final class Layers {
  static {
    Engine.start();
  }

  private Layers() {}

  /** 2-D convolution with the same stride and zero padding in both directions. */
  public static Tensor conv2d(Tensor x, Tensor weight, Tensor bias, int stride, int padding) {
    return groupedConv2d(x, weight, bias, stride, padding, 1);
  }

  /** 2-D convolution with one filter per channel: weight (C, 1, k, k). */
  public static Tensor depthwiseConv2d(Tensor x, Tensor weight, Tensor bias, int padding) {
    return groupedConv2d(x, weight, bias, 1, padding, weight.size(0));
  }

  /** 2-D convolution of each group of channels for itself: weight (out, in / groups, k, k). */
  public static Tensor groupedConv2d(
      Tensor x, Tensor weight, Tensor bias, int stride, int padding, long groups) {
    long[] strides = {stride, stride};
    long[] paddings = {padding, padding};
    // Not where the weight is trained: that gradient of the engine's own wants another layout.
    boolean own = groups == 1 && x.device().is_cpu() && !weight.requires_grad();
    // Those of fewer bits are oneDNN's alone.
    boolean float32 = weight.scalar_type().intern() == torch.ScalarType.Float;
    if (own && float32 && Engine.ownConvolutions()) {
      long[] kernel = {weight.size(2), weight.size(3)};
      return torch.thnn_conv2d(x, weight, kernel, optional(bias), strides, paddings);
    }
    long[] dilations = {1, 1};
    return torch.conv2d(x, weight, optional(bias), strides, paddings, dilations, groups);
  }

  /**
   * The transpose of a strided convolution of every channel by one filter: (N, C, H, W) -> (N, C,
   * {@code stride} H, {@code stride} W) where {@code padding} fits.
   *
   * @param filter (1, 1, k, k)
   */
  public static Tensor spreadByFilter(Tensor x, Tensor filter, int stride, int padding) {
    long channels = x.size(1);
    return torch.conv_transpose2d(
        x,
        filter.expand(channels, 1, -1, -1),
        new TensorOptional(),
        new long[] {stride, stride},
        new long[] {padding, padding},
        new long[] {0, 0},
        channels,
        1,
        1);
  }

  /** Every channel convolved by one filter (1, 1, k, k). */
  public static Tensor filter(Tensor x, Tensor filter, int stride, int padding) {
    long channels = x.size(1);
    return groupedConv2d(x, filter.expand(channels, 1, -1, -1), null, stride, padding, channels);
  }

  /** {@code x weight^T + bias} over the last dimension: weight (out, in). */
  public static Tensor linear(Tensor x, Tensor weight, Tensor bias) {
    return torch.linear(x, weight, optional(bias));
  }

  /** Layer normalisation over the last dimension. */
  public static Tensor layerNorm(Tensor x, Tensor weight, Tensor bias, double epsilon) {
    long[] normalised = {x.size(-1)};
    return torch.layer_norm(x, normalised, optional(weight), optional(bias), epsilon, true);
  }

  /**
   * Global response normalisation of (N, H, W, C): {@code x + gamma x g / (mean g + epsilon) +
   * beta}, g the Euclidean norm over space and its mean over channels (Woo et al. 2023, ConvNeXt
   * V2, section 3.3).
   *
   * @param gamma (C), as is {@code beta}
   */
  public static Tensor globalResponseNorm(Tensor x, Tensor gamma, Tensor beta, double epsilon) {
    Tensor energy = Tensors.norm(x, 1, 2); // (N, 1, 1, C)
    Tensor mean = energy.mean(new long[] {3}, true, new ScalarTypeOptional());
    Tensor share = energy.div(Tensors.plus(mean, epsilon));
    return x.add(x.mul(share).mul(gamma)).add(beta);
  }

  /** Group normalisation over the channel dimension (the second). */
  public static Tensor groupNorm(Tensor x, int groups, Tensor weight, Tensor bias, double epsilon) {
    return torch.group_norm(x, groups, optional(own(weight)), optional(own(bias)), epsilon, true);
  }

  /**
   * The same but on the deferred device, of tests: there a view has no elements in the norm's eyes.
   */
  private static Tensor own(Tensor vector) {
    return vector.is_lazy() ? vector.clone() : vector;
  }

  /** The exact (erf) Gaussian error linear unit. */
  public static Tensor gelu(Tensor x) {
    return torch.gelu(x);
  }

  /** The Gaussian error linear unit with the hyperbolic tangent in place of the erf. */
  public static Tensor geluTanh(Tensor x) {
    return torch.gelu(x, "tanh");
  }

  public static Tensor sigmoid(Tensor x) {
    return torch.sigmoid(x);
  }

  /** {@code x sigmoid(x)}, also called swish. */
  public static Tensor silu(Tensor x) {
    return torch.silu(x);
  }

  public static Tensor relu(Tensor x) {
    return torch.relu(x);
  }

  public static Tensor softmax(Tensor x, long dim) {
    return torch.softmax(x, dim);
  }

  /** Doubles height and width by repeating pixels. */
  public static Tensor upsampleNearest2x(Tensor x) {
    long[] size = {2 * x.size(2), 2 * x.size(3)};
    return torch.upsample_nearest2d(x, size, new DoubleOptional(), new DoubleOptional());
  }

  /**
   * Bilinear resize with antialiasing, pixel centres at half-integers (as in PIL and torchvision).
   */
  public static Tensor resizeBilinear(Tensor x, int height, int width) {
    InterpolateFuncOptions options = new InterpolateFuncOptions();
    options.size().put(new LongVector(height, width));
    options.mode().put(new kBilinear());
    options.align_corners().put(false);
    options.antialias().put(true);
    return torch.interpolate(x, options);
  }

  /** Bicubic resize, pixel centres at half-integers, as in PyTorch. */
  public static Tensor resizeBicubic(Tensor x, int height, int width, boolean antialias) {
    InterpolateFuncOptions options = new InterpolateFuncOptions();
    options.size().put(new LongVector(height, width));
    options.mode().put(new kBicubic());
    options.align_corners().put(false);
    options.antialias().put(antialias);
    return torch.interpolate(x, options);
  }

  /**
   * Bicubic resize whose pixels are {@code 1 / factor} of the old ones apart, as PyTorch's by
   * factors of which {@code height} and {@code width} are the floors.
   */
  public static Tensor scaleBicubic(
      Tensor x, int height, int width, double heightFactor, double widthFactor) {
    return torch.upsample_bicubic2d(
        x,
        new long[] {height, width},
        false,
        new DoubleOptional(heightFactor),
        new DoubleOptional(widthFactor));
  }

  /** Halves height and width by averaging 2 x 2 pixels. */
  public static Tensor averagePool2x(Tensor x) {
    return torch.avg_pool2d(x, 2, 2);
  }

  /** Halves height and width, rounded up, by averaging what there is of 2 x 2 pixels. */
  public static Tensor averagePool2xRoundedUp(Tensor x) {
    long[] two = {2, 2};
    long[] none = {0, 0};
    return torch.avg_pool2d(x, two, two, none, true, false, new LongOptional());
  }

  /** Halves height and width, rounded up, by the maximum of the 3 x 3 pixels around each other. */
  public static Tensor maxPool2x(Tensor x) {
    long[] three = {3, 3};
    long[] two = {2, 2};
    long[] one = {1, 1};
    return torch.max_pool2d(x, three, two, one, one, false);
  }

  /** Every {@code step}-th row and column, from the first. */
  public static Tensor subsample(Tensor x, int step) {
    LongOptional all = new LongOptional();
    return x.slice(2, all, all, step).slice(3, all, all, step);
  }

  /** Adds {@code before} and {@code after} channels of zeros around those of (N, C, H, W). */
  public static Tensor padChannels(Tensor x, long before, long after) {
    return torch.constant_pad_nd(x, 0, 0, 0, 0, before, after);
  }

  /** Averages the pixels of each cell of a grid: (..., H, W) -> (..., height, width). */
  public static Tensor averageTo(Tensor x, int height, int width) {
    return torch.adaptive_avg_pool2d(x, height, width);
  }

  /**
   * Space to depth: (N, C, H, W) -> (N, C f f, H / f, W / f), where channel {@code c f f + f i + j}
   * holds the pixels at row i and column j of every f x f patch of channel c.
   */
  public static Tensor pixelUnshuffle(Tensor x, int factor) {
    return torch.pixel_unshuffle(x, factor);
  }

  /** Depth to space: the inverse of {@link #pixelUnshuffle}. */
  public static Tensor pixelShuffle(Tensor x, int factor) {
    return torch.pixel_shuffle(x, factor);
  }

  /** Adds a row of zeros below and a column of zeros at the right. */
  public static Tensor padByZeros(Tensor x) {
    long[] sides = {0, 1, 0, 1};
    return torch.constant_pad_nd(x, sides);
  }

  /** Widens height and width by repeating the border pixels. */
  public static Tensor padByBorder(Tensor x, int padding) {
    return torch.replication_pad2d(x, padding, padding, padding, padding);
  }

  /**
   * Mean cross-entropy of (N, classes) logits in nats: {@code -sum_c q_c log softmax(logits)_c}
   * with {@code q = (1 - smoothing) onehot(label) + smoothing / classes} (Szegedy et al. 2016).
   *
   * @param labels (N) int64
   */
  public static Tensor crossEntropy(Tensor logits, Tensor labels, double smoothing) {
    int mean = 1;
    int ignoredLabel = -100;
    return torch.cross_entropy_loss(
        logits, labels, new TensorOptional(), mean, ignoredLabel, smoothing);
  }

  /**
   * Scaled dot-product attention, {@code softmax(q k^T / sqrt(d)) v}.
   *
   * @param q (N, heads, tokens, d), as are {@code k} and {@code v}
   */
  public static Tensor attention(Tensor q, Tensor k, Tensor v) {
    return torch.scaled_dot_product_attention(q, k, v);
  }

  /**
   * Attention of several heads, each over its share of the channels, without the layers around it.
   *
   * @param q (N, T, C), as are {@code k} and {@code v}; C a multiple of the heads
   * @param causal whether a token sees only itself and those before it
   * @return (N, T, C)
   */
  public static Tensor multiHeadAttention(Tensor q, Tensor k, Tensor v, int heads, boolean causal) {
    Tensor seen =
        torch.scaled_dot_product_attention(
            heads(q, heads),
            heads(k, heads),
            heads(v, heads),
            new TensorOptional(),
            0,
            causal,
            new DoubleOptional(),
            false);
    return seen.transpose(1, 2).flatten(2, 3); // (N, heads, T, d) -> (N, T, C)
  }

  /** (N, T, C) -> (N, heads, T, d). */
  private static Tensor heads(Tensor x, int heads) {
    return x.unflatten(2, heads, x.size(2) / heads).transpose(1, 2);
  }

  private static TensorOptional optional(Tensor tensor) {
    return Optional.ofNullable(tensor).map(TensorOptional::new).orElseGet(TensorOptional::new);
  }
}
