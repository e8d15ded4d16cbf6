package org.tiltlens.checkpoint;

import java.util.List;

/**
 * What a checkpoint says of one tensor before it is loaded.
 *
 * @param name the checkpoint's own name for it
 * @param dtype its element type as stored
 * @param shape its dimensions; empty for a scalar
 */
public record TensorInfo(String name, DType dtype, List<Long> shape) {
  public TensorInfo {
    shape = List.copyOf(shape);
  }
}
