package org.tiltlens.training;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Tensors;

/** The type in which the weights of a training's result are stored. */
public enum StoredType {
  /** As they were trained. */
  F32(DType.F32),
  /** Rounded to nearest even, in half the space; 11 significant bits, at most 65504. */
  F16(DType.F16);

  private final DType dtype;

  StoredType(DType dtype) {
    this.dtype = dtype;
  }

  /**
   * The value that the file will hold, as float32.
   *
   * @throws IllegalArgumentException if the type's range is too small for it
   */
  Tensor round(String name, Tensor weight) {
    if (this == F32) {
      return weight;
    }
    Tensor rounded = Tensors.roundToHalf(weight);
    double largest = rounded.abs().max().item_double();
    if (Double.isInfinite(largest)) {
      throw new IllegalArgumentException(
          "weight '%s' reaches %s, f16 ends at 65504: give `stored` f32"
              .formatted(name, weight.abs().max().item_double()));
    }
    return rounded;
  }

  /**
   * Writes weights in this type, from whatever device, whole or not at all; float64 tensors stay
   * float64.
   */
  void write(Path file, Map<String, Tensor> tensors, Map<String, String> metadata) {
    List<TensorInfo> entries =
        tensors.entrySet().stream().map(entry -> info(entry.getKey(), entry.getValue())).toList();
    SafetensorsWriter.write(file, entries, metadata, name -> Device.CPU.place(tensors.get(name)));
  }

  private TensorInfo info(String name, Tensor tensor) {
    boolean exact = tensor.element_size() == Double.BYTES;
    List<Long> shape = Arrays.stream(Tensors.shape(tensor)).boxed().toList();
    return new TensorInfo(name, exact ? DType.F64 : dtype, shape);
  }
}
