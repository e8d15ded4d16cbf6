package org.tiltlens.unet;

import static org.tiltlens.torch.Layers.attention;
import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.silu;
import static org.tiltlens.torch.Tensors.scale;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Weights;

/**
 * A residual block of DDPM++, with attention or without ({@code UNetBlock} of EDM as {@code
 * SongUNet} has it): each sum is scaled by sqrt(1/2).
 *
 * @param name its place in the network, such as {@code enc.32x32_block0}
 */
record EdmBlock(String name, int in, int out, int embedding, boolean attends, Resampling resampling)
    implements UnetBlock {
  private static final double EPSILON = 1e-6;
  private static final double SUM = Math.sqrt(0.5);

  EdmBlock {
    if (in % groups(in) != 0) {
      throw new CheckpointException(
          "%s normalises %d channels, which %d groups do not share"
              .formatted(name, in, groups(in)));
    }
  }

  /** Groups of a normalisation over so many channels. */
  static int groups(int channels) {
    return Math.min(32, channels / 4);
  }

  /** A normalisation over so many channels. */
  static GroupNorms norms(int channels) {
    return new GroupNorms(groups(channels), EPSILON);
  }

  @Override
  public void expect(UnetShapes shapes) {
    shapes.norm(name + ".norm0", in);
    shapes.conv2d(name + ".conv0", in, out, 3);
    shapes.linear(name + ".affine", embedding, out);
    shapes.norm(name + ".norm1", out);
    shapes.conv2d(name + ".conv1", out, out, 3);
    if (skips()) {
      shapes.conv2d(name + ".skip", in, out, 1);
    }
    if (resampling != Resampling.NONE) {
      // As of pooling and repeating; NCSN++ has larger ones.
      shapes.filter(name + ".conv0.resample_filter");
      shapes.filter(name + ".skip.resample_filter");
    }
    if (attends) {
      shapes.norm(name + ".norm2", out);
      shapes.conv2d(name + ".qkv", out, 3L * out, 1);
      shapes.conv2d(name + ".proj", out, out, 1);
    }
  }

  private boolean skips() {
    return in != out || resampling != Resampling.NONE;
  }

  @Override
  public Tensor forward(Weights weights, Tensor x, Condition told) {
    Tensor h = silu(norms(in).of(weights, name + ".norm0", x));
    h = conv(weights, ".conv0", resampling.apply(h), 1);
    Tensor time =
        linear(
            told.embedding(),
            weights.get(name + ".affine.weight"),
            weights.get(name + ".affine.bias"));
    h = h.add(time.unflatten(1, -1, 1, 1)); // (N, out) -> one number per channel
    h = conv(weights, ".conv1", silu(norms(out).of(weights, name + ".norm1", h)), 1);
    Tensor skip = skips() ? conv(weights, ".skip", resampling.apply(x), 0) : x;
    h = scale(h.add(skip), SUM);
    return attends ? attended(weights, h) : h;
  }

  /** One head; queries, keys and values alternate channel by channel. */
  private Tensor attended(Weights weights, Tensor x) {
    Tensor qkv = conv(weights, ".qkv", norms(out).of(weights, name + ".norm2", x), 0);
    // (N, 3 C, H, W) -> (3, N, 1, H W, C)
    qkv = qkv.flatten(2, 3).unflatten(1, out, 3).permute(2, 0, 3, 1).unsqueeze(2);
    Tensor h = attention(qkv.select(0, 0), qkv.select(0, 1), qkv.select(0, 2)).select(1, 0);
    h = h.transpose(1, 2).unflatten(2, x.size(2), x.size(3)); // (N, H W, C) -> (N, C, H, W)
    return scale(conv(weights, ".proj", h, 0).add(x), SUM);
  }

  private Tensor conv(Weights weights, String layer, Tensor x, int padding) {
    Tensor weight = weights.get(name + layer + ".weight");
    Tensor bias = weights.get(name + layer + ".bias");
    return conv2d(x, weight, bias, 1, padding);
  }
}
