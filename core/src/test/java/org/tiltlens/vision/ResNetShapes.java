package org.tiltlens.vision;

import java.util.List;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.golden.MemoryStore;

/** Writes the shapes, without numbers, of a ResNet's tensors by torchvision's names. */
final class ResNetShapes {
  private final MemoryStore store = new MemoryStore();
  private long in;

  /** With a stem of one convolution of {@code kernel x kernel}. */
  ResNetShapes(long first, long kernel) {
    in = 3;
    convolution("conv1", "bn1", first, 1, kernel);
    in = first;
  }

  private void convolution(String name, String norm, long out, long groups, long kernel) {
    put(name + ".weight", out, in / groups, kernel, kernel);
    for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
      put(norm + "." + part, out);
    }
  }

  ResNetShapes put(String name, Long... shape) {
    store.entries().put(name, new TensorInfo(name, DType.F32, List.of(shape)));
    return this;
  }

  /** A layer of basic blocks. */
  ResNetShapes basic(int layer, int blocks, long channels) {
    for (int block = 0; block < blocks; block++) {
      String name = "layer" + layer + "." + block + ".";
      if (block == 0 && (layer > 1 || in != channels)) {
        convolution(name + "downsample.0", name + "downsample.1", channels, 1, 1);
      }
      convolution(name + "conv1", name + "bn1", channels, 1, 3);
      in = channels;
      convolution(name + "conv2", name + "bn2", channels, 1, 3);
    }
    return this;
  }

  /** A layer of bottlenecks. */
  ResNetShapes bottlenecks(int layer, int blocks, long width, long groups, long channels) {
    for (int block = 0; block < blocks; block++) {
      String name = "layer" + layer + "." + block + ".";
      if (block == 0) {
        convolution(name + "downsample.0", name + "downsample.1", channels, 1, 1);
      }
      convolution(name + "conv1", name + "bn1", width, 1, 1);
      in = width;
      convolution(name + "conv2", name + "bn2", width, groups, 3);
      convolution(name + "conv3", name + "bn3", channels, 1, 1);
      in = channels;
    }
    return this;
  }

  MemoryStore store() {
    return store;
  }
}
