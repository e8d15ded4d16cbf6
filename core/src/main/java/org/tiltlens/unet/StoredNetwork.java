package org.tiltlens.unet;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;

/**
 * A network in a checkpoint, by the names that diffusers has for its tensors, whose shapes tell its
 * options.
 *
 * @param store holds no other tensors, or they match {@code ignorable}
 * @param stored diffusers' name -> the checkpoint's
 * @param ignorable the checkpoint's names of tensors that the network does not need, as regular
 *     expressions
 */
record StoredNetwork(TensorStore store, UnaryOperator<String> stored, List<String> ignorable) {
  StoredNetwork {
    ignorable = List.copyOf(ignorable);
  }

  /** Whether there is a layer of that name. */
  boolean has(String layer) {
    return entry(layer) != null;
  }

  /** What comes out of a layer; 0 if it is not there, which whoever loads it is told. */
  int out(String layer) {
    return size(layer, 0);
  }

  /** What goes into a layer; 0 if it is not there. */
  int in(String layer) {
    return size(layer, 1);
  }

  /** Side of a convolution's kernel; 1 of any other layer. */
  int kernel(String layer) {
    TensorInfo info = entry(layer);
    return info == null || info.shape().size() != 4 ? 1 : bounded(info.shape().get(3));
  }

  /** How many layers there are, of names that end in their number. */
  int count(String prefix, String suffix) {
    int count = 0;
    while (has(prefix + count + suffix)) {
      count++;
    }
    return count;
  }

  private int size(String layer, int dimension) {
    TensorInfo info = entry(layer);
    boolean there = info != null && info.shape().size() > dimension;
    return there ? bounded(info.shape().get(dimension)) : 0;
  }

  /** What no network has will not fit, whatever it is. */
  private static int bounded(long size) {
    return (int) Math.min(size, 1 << 20);
  }

  private TensorInfo entry(String layer) {
    return store.entries().get(stored.apply(layer + ".weight"));
  }

  /**
   * Refuses weights that {@link #load} would refuse.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException as {@link #load}
   */
  void require(UnetShapes shapes) {
    Weights.require(store, asStored(shapes), stored, ignorable);
  }

  /**
   * Loads its weights.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if tensors are missing, unexpected or
   *     mis-shaped; the message lists them
   */
  Weights load(UnetShapes shapes, Device device) {
    Map<String, List<Long>> there = asStored(shapes);
    Weights weights = Weights.load(store, there, stored, ignorable, device);
    return there.equals(shapes.all()) ? weights : weights.shaped(shapes.all());
  }

  /** A layer of each position may be stored as a convolution of kernel size 1. */
  private Map<String, List<Long>> asStored(UnetShapes shapes) {
    Map<String, List<Long>> there = new LinkedHashMap<>();
    shapes
        .all()
        .forEach(
            (name, shape) -> {
              TensorInfo info = store.entries().get(stored.apply(name));
              boolean convolution =
                  info != null
                      && shape.size() == 2
                      && info.shape().equals(List.of(shape.get(0), shape.get(1), 1L, 1L));
              there.put(name, convolution ? info.shape() : shape);
            });
    return there;
  }
}
