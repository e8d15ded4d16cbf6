package org.tiltlens.unet;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors a network needs, collected layer by layer as name -> shape. */
final class UnetShapes {
  private final Map<String, List<Long>> shapes = new LinkedHashMap<>();

  void conv2d(String name, long in, long out, long kernel) {
    layer(name, out, List.of(out, in, kernel, kernel));
  }

  /** A 1-D convolution of kernel size 1: a linear layer at every position. */
  void conv1d(String name, long in, long out) {
    layer(name, out, List.of(out, in, 1L));
  }

  void linear(String name, long in, long out) {
    layer(name, out, List.of(out, in));
  }

  /** Without a bias. */
  void matrix(String name, long in, long out) {
    shapes.put(name + ".weight", List.of(out, in));
  }

  void norm(String name, long width) {
    layer(name, width, List.of(width));
  }

  /** What weights the pixels of a change of resolution, stored as a constant. */
  void filter(String name, long side) {
    shapes.put(name, List.of(1L, 1L, side, side));
  }

  /** A constant vector. */
  void constant(String name, long size) {
    shapes.put(name, List.of(size));
  }

  void embedding(String name, long count, long width) {
    shapes.put(name + ".weight", List.of(count, width));
  }

  private void layer(String name, long out, List<Long> weight) {
    shapes.put(name + ".weight", weight);
    shapes.put(name + ".bias", List.of(out));
  }

  Map<String, List<Long>> all() {
    return shapes;
  }
}
