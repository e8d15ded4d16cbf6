package org.tiltlens.unet;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
record StoredNetwork(TensorStore store, UnaryOperator<String> stored, List<String> ignorable)
    implements LayerShapes {
  StoredNetwork {
    ignorable = List.copyOf(ignorable);
  }

  @Override
  public String source() {
    return store.source();
  }

  @Override
  public Optional<List<Long>> weight(String layer) {
    return Optional.ofNullable(store.entries().get(stored.apply(layer + ".weight")))
        .map(TensorInfo::shape);
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
