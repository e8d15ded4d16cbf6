package org.tiltlens.vision;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.depthwiseConv2d;
import static org.tiltlens.torch.Layers.gelu;
import static org.tiltlens.torch.Layers.globalResponseNorm;
import static org.tiltlens.torch.Layers.layerNorm;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.vision.HookPoint.Site.BLOCK_OUT;
import static org.tiltlens.vision.HookPoint.Site.CONV_OUT;
import static org.tiltlens.vision.HookPoint.Site.RESID_POST;
import static org.tiltlens.vision.HookPoint.Site.RESID_PRE;

import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * What a ConvNeXt computes, from images to the residual stream and the places on its way.
 *
 * <p>In memory the maps keep their channels innermost, as the norms and pointwise layers want them:
 * nothing is copied where the layout changes.
 *
 * @param epsilon of all layer norms but the last
 * @param weights named as {@link ConvNextShapes} names them
 */
record ConvNextForward(
    ConvNextConfig config,
    double epsilon,
    double lastEpsilon,
    Normalisation normalisation,
    Weights weights,
    Device device) {
  private static final double RESPONSE_EPSILON = 1e-6;

  /** The residual stream after the last block of the last stage, or as far as is read. */
  Tensor residualStream(Tensor images, Reading reading) {
    Tensor x = normalisation.apply(images, device);
    for (int stage = 0; stage < config.stages() && !reading.isDone(); stage++) {
      x = downsample(x, stage);
      for (int block = 0; block < config.depths().get(stage) && !reading.isDone(); block++) {
        x = readBlock(x, "stages." + stage + "." + block, reading);
      }
    }
    return x;
  }

  /** The residual stream {@code x} after a block, or as far as there is something to read. */
  private Tensor readBlock(Tensor x, String block, Reading reading) {
    String name = block + ".";
    try (Scope scope = Scope.open()) {
      reading.at(new HookPoint(block, RESID_PRE), () -> x, scope);
      if (reading.isDone()) {
        return x;
      }
      Tensor convolved = depthwise(x, name);
      reading.at(new HookPoint(block, CONV_OUT), () -> convolved, scope);
      if (reading.isDone()) {
        return x;
      }
      Tensor out = blockOut(convolved, name);
      reading.at(new HookPoint(block, BLOCK_OUT), () -> out, scope);
      if (reading.isDone()) {
        return x;
      }
      Tensor after = x.add(out);
      reading.at(new HookPoint(block, RESID_POST), () -> after, scope);
      return scope.keep(after);
    }
  }

  private Tensor downsample(Tensor x, int stage) {
    String convolution = ConvNextShapes.downsampling(stage);
    String norm = ConvNextShapes.downsamplingNorm(stage);
    if (stage == 0) {
      return channelNorm(convolution(x, convolution, ConvNextShapes.STEM), norm);
    }
    return convolution(channelNorm(x, norm), convolution, 2);
  }

  /** What a block adds to the residual stream, given its depthwise convolution of that. */
  private Tensor blockOut(Tensor convolved, String block) {
    Tensor y = convolved.permute(0, 2, 3, 1); // (N, C, h, w) -> (N, h, w, C)
    y = norm(y, block + "norm");
    y = gelu(linear(y, weight(block + "pwconv1"), bias(block + "pwconv1")));
    y = responding(y, block + "grn.");
    y = linear(y, weight(block + "pwconv2"), bias(block + "pwconv2"));
    Tensor scaled = weights.find(block + "gamma").map(y::mul).orElse(y);
    return scaled.permute(0, 3, 1, 2); // back to (N, C, h, w)
  }

  /** The global response norm of (N, h, w, C), where there is one. */
  private Tensor responding(Tensor x, String name) {
    return weights
        .find(name + "gamma")
        .map(gamma -> globalResponseNorm(x, gamma, weights.get(name + "beta"), RESPONSE_EPSILON))
        .orElse(x);
  }

  private Tensor depthwise(Tensor x, String block) {
    return depthwiseConv2d(x, weight(block + "dwconv"), bias(block + "dwconv"), 3);
  }

  private Tensor convolution(Tensor x, String name, int stride) {
    return conv2d(x, weight(name), bias(name), stride, 0);
  }

  private Tensor channelNorm(Tensor x, String name) {
    return norm(x.permute(0, 2, 3, 1), name).permute(0, 3, 1, 2);
  }

  private Tensor norm(Tensor x, String name) {
    return layerNorm(x, weight(name), bias(name), epsilon);
  }

  /** The network's last norm, over the last dimension. */
  Tensor lastNorm(Tensor x) {
    return layerNorm(x, weight("norm"), bias("norm"), lastEpsilon);
  }

  private Tensor weight(String name) {
    return weights.get(name + ".weight");
  }

  private Tensor bias(String name) {
    return weights.get(name + ".bias");
  }
}
