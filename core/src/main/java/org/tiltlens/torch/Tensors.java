package org.tiltlens.torch;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Words for making, reading and reducing tensors; meant for static import. */
public final class Tensors {
  static {
    Engine.start();
  }

  private Tensors() {}

  // ---- making

  /** A float32 tensor with a copy of {@code values}, row-major. */
  public static Tensor floats(float[] values, long... shape) {
    Tensor tensor = empty(ScalarType.Float, values.length, shape);
    if (values.length > 0) {
      tensor.data_ptr_float().put(values, 0, values.length);
    }
    return tensor;
  }

  /** A float64 tensor with a copy of {@code values}, row-major. */
  public static Tensor doubles(double[] values, long... shape) {
    Tensor tensor = empty(ScalarType.Double, values.length, shape);
    if (values.length > 0) {
      tensor.data_ptr_double().put(values, 0, values.length);
    }
    return tensor;
  }

  /** An int64 tensor with a copy of {@code values}, row-major. */
  public static Tensor longs(long[] values, long... shape) {
    Tensor tensor = empty(ScalarType.Long, values.length, shape);
    if (values.length > 0) {
      tensor.data_ptr_long().put(values, 0, values.length);
    }
    return tensor;
  }

  /** A float32 tensor of zeros on the CPU. */
  public static Tensor zeros(long... shape) {
    return torch.zeros(shape, new TensorOptions(ScalarType.Float));
  }

  /** A float32 tensor of one value on the CPU. */
  public static Tensor full(double value, long... shape) {
    return torch.full(shape, new Scalar(value), new TensorOptions(ScalarType.Float));
  }

  /** Tensors of one shape, side by side along a new first dimension. */
  public static Tensor stack(List<Tensor> tensors) {
    return torch.stack(vector(tensors), 0);
  }

  /** Tensors joined along an existing dimension. */
  public static Tensor cat(List<Tensor> tensors, long dim) {
    return torch.cat(vector(tensors), dim);
  }

  /** An uninitialised float32 tensor, to be filled through {@link #bytes}. */
  public static Tensor emptyFloats(long... shape) {
    return torch.empty(shape, new TensorOptions(ScalarType.Float), null);
  }

  /** An uninitialised float64 tensor, to be filled through {@link #bytes}. */
  public static Tensor emptyDoubles(long... shape) {
    return torch.empty(shape, new TensorOptions(ScalarType.Double), null);
  }

  /** An uninitialised int64 tensor, to be filled through {@link #bytes}. */
  public static Tensor emptyLongs(long... shape) {
    return torch.empty(shape, new TensorOptions(ScalarType.Long), null);
  }

  /** {@code tensor} as float32; the same tensor if it is float32 already. */
  public static Tensor float32(Tensor tensor) {
    return tensor.to(ScalarType.Float);
  }

  /** {@code tensor} as float32, rounded to the nearest even binary16 number. */
  public static Tensor roundToHalf(Tensor tensor) {
    return tensor.to(ScalarType.Half).to(ScalarType.Float);
  }

  /** {@code tensor} as float64; the same tensor if it is float64 already. */
  public static Tensor float64(Tensor tensor) {
    return tensor.to(ScalarType.Double);
  }

  /** {@code tensor} as int64; the same tensor if it is int64 already. */
  public static Tensor int64(Tensor tensor) {
    return tensor.to(ScalarType.Long);
  }

  /**
   * A copy of the elements that shape and strides pick from a flat tensor, laid out row-major.
   *
   * @param strides elements between neighbours along each dimension; must stay inside {@code flat}
   */
  public static Tensor strided(Tensor flat, long[] shape, long[] strides) {
    return flat.as_strided(shape, strides).contiguous();
  }

  private static TensorVector vector(List<Tensor> tensors) {
    return new TensorVector(tensors.toArray(Tensor[]::new));
  }

  private static Tensor empty(ScalarType type, long length, long... shape) {
    long expected = Arrays.stream(shape).reduce(1, Math::multiplyExact);
    if (expected != length) {
      throw new IllegalArgumentException(
          length + " values for shape " + Arrays.toString(shape) + ", which holds " + expected);
    }
    return torch.empty(shape, new TensorOptions(type), null);
  }

  // ---- reading

  /** The values in row-major order, converted to float32. */
  public static float[] toFloats(Tensor tensor) {
    Tensor t = ready(tensor, ScalarType.Float);
    float[] values = new float[Math.toIntExact(t.numel())];
    if (values.length > 0) {
      new FloatPointer(t.data_ptr_float()).get(values);
    }
    return values;
  }

  /** The values in row-major order, converted to float64. */
  public static double[] toDoubles(Tensor tensor) {
    Tensor t = ready(tensor, ScalarType.Double);
    double[] values = new double[Math.toIntExact(t.numel())];
    if (values.length > 0) {
      new DoublePointer(t.data_ptr_double()).get(values);
    }
    return values;
  }

  /** A matrix row by row, such as a map (h, w) or features (N, D). */
  public static double[][] rows(Tensor matrix) {
    double[] values = toDoubles(matrix);
    int width = Math.toIntExact(matrix.size(1));
    double[][] rows = new double[values.length / width][];
    Arrays.setAll(rows, row -> Arrays.copyOfRange(values, row * width, (row + 1) * width));
    return rows;
  }

  /** The values in row-major order, converted to int64. */
  public static long[] toLongs(Tensor tensor) {
    Tensor t = ready(tensor, ScalarType.Long);
    long[] values = new long[Math.toIntExact(t.numel())];
    if (values.length > 0) {
      new LongPointer(t.data_ptr_long()).get(values);
    }
    return values;
  }

  private static Tensor ready(Tensor tensor, ScalarType type) {
    return Device.CPU.place(tensor.detach()).to(type).contiguous();
  }

  /** Whether no element is NaN or infinite; costs one sum where all are finite. */
  public static boolean allFinite(Tensor x) {
    try (Scope scope = Scope.open()) {
      // Large finite numbers may add up to infinity.
      return Double.isFinite(x.detach().sum().item_double()) || x.isfinite().all().item_bool();
    }
  }

  /** Indices along the first dimension at which all elements are finite, ascending. */
  public static long[] finiteRows(Tensor x) {
    LongStream rows = LongStream.range(0, x.size(0));
    if (allFinite(x)) {
      return rows.toArray();
    }
    try (Scope scope = Scope.open()) {
      return rows.filter(row -> allFinite(x.select(0, row))).toArray();
    }
  }

  /** The shape as Java numbers. */
  public static long[] shape(Tensor tensor) {
    long[] shape = new long[(int) tensor.dim()];
    for (int i = 0; i < shape.length; i++) {
      shape[i] = tensor.size(i);
    }
    return shape;
  }

  /** The shape as people read it: {@code 2x3x64x64}; a scalar is {@code scalar}. */
  public static String describe(Tensor tensor) {
    return describe(shape(tensor));
  }

  /** The shape as people read it: {@code 2x3x64x64}; a scalar is {@code scalar}. */
  public static String describe(long... shape) {
    return shape.length == 0
        ? "scalar"
        : Arrays.stream(shape).mapToObj(Long::toString).collect(Collectors.joining("x"));
  }

  /**
   * Raw little-endian access to a contiguous CPU tensor's memory; valid only while the tensor
   * lives.
   */
  public static ByteBuffer bytes(Tensor tensor) {
    if (!tensor.is_cpu() || !tensor.is_contiguous()) {
      throw new IllegalArgumentException("raw access needs a contiguous tensor on the CPU");
    }
    long bytes = tensor.numel() * tensor.element_size();
    return tensor.data_ptr().capacity(bytes).asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  // ---- arithmetic with plain numbers

  /** {@code factor * x}. */
  public static Tensor scale(Tensor x, double factor) {
    return x.mul(new Scalar(factor));
  }

  /** {@code x + value}. */
  public static Tensor plus(Tensor x, double value) {
    return x.add(new Scalar(value));
  }

  /** {@code x} limited to [low, high]; the gradient is zero outside. */
  public static Tensor clamp(Tensor x, double low, double high) {
    return x.clamp(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)));
  }

  /** {@code min(x, cap)}; the gradient is zero above the cap. */
  public static Tensor atMost(Tensor x, double cap) {
    return torch.clamp_max(x, new Scalar(cap));
  }

  // ---- in place, for tensors without a graph; each returns x

  /** {@code x *= factor}. */
  public static Tensor scaleInPlace(Tensor x, double factor) {
    return x.mul_(new Scalar(factor));
  }

  /** {@code x += factor y}. */
  public static Tensor addInPlace(Tensor x, Tensor y, double factor) {
    return x.add_(y, new Scalar(factor));
  }

  /** {@code x += factor a b}. */
  public static Tensor addProductInPlace(Tensor x, Tensor a, Tensor b, double factor) {
    return x.addcmul_(a, b, new Scalar(factor));
  }

  /** {@code x += factor a / b}. */
  public static Tensor addQuotientInPlace(Tensor x, Tensor a, Tensor b, double factor) {
    return x.addcdiv_(a, b, new Scalar(factor));
  }

  /** {@code x} moved the share {@code weight} of the way to {@code y}. */
  public static Tensor lerpInPlace(Tensor x, Tensor y, double weight) {
    return x.lerp_(y, new Scalar(weight));
  }

  /** {@code x} limited to [low, high]. */
  public static Tensor clampInPlace(Tensor x, double low, double high) {
    return x.clamp_(new ScalarOptional(new Scalar(low)), new ScalarOptional(new Scalar(high)));
  }

  /** {@code x} limited to [low, high], tensors that broadcast to its shape. */
  public static Tensor clampInPlace(Tensor x, Tensor low, Tensor high) {
    return x.clamp_(new TensorOptional(low), new TensorOptional(high));
  }

  // ---- reductions; the reduced dimensions disappear

  public static Tensor sum(Tensor x, long... dims) {
    return x.sum(dims, false, new ScalarTypeOptional());
  }

  public static Tensor mean(Tensor x, long... dims) {
    return x.mean(dims, false, new ScalarTypeOptional());
  }

  /** The standard deviation, with n - 1 in the divisor. */
  public static Tensor deviation(Tensor x, long... dims) {
    return x.std(dims, true, false);
  }

  /** The maximum; where several elements share it, they share the gradient. */
  public static Tensor max(Tensor x, long... dims) {
    return x.amax(dims, false);
  }

  /** The minimum; where several elements share it, they share the gradient. */
  public static Tensor min(Tensor x, long... dims) {
    return x.amin(dims, false);
  }

  /** The Euclidean norm of all elements; its gradient at 0 is 0. */
  public static Tensor norm(Tensor x) {
    return torch.linalg_vector_norm(x);
  }

  /** The Euclidean norm along {@code dims}, which stay with size 1; its gradient at 0 is 0. */
  public static Tensor norm(Tensor x, long... dims) {
    return torch.linalg_vector_norm(x, new Scalar(2.0), dims, true, new ScalarTypeOptional());
  }

  public static Tensor logSumExp(Tensor x, long... dims) {
    return torch.logsumexp(x, dims);
  }

  /**
   * The k-th largest value along {@code dim}, which stays with size 1; no gradient flows through.
   *
   * @param k from 1 to the size of {@code dim}
   */
  public static Tensor kthLargest(Tensor x, long k, long dim) {
    return torch.topk(x.detach(), k, dim, true, true).get0().narrow(dim, k - 1, 1);
  }

  /** The values along the last dimension, ascending; each keeps its gradient. */
  public static Tensor sorted(Tensor x) {
    // The pair owns what get0 points to; a tensor of its own lives as long as its scope.
    return new Tensor(torch.sort(x, -1, false).get0());
  }

  /**
   * Values at evenly spread positions of (C, P), read linearly at {@code count} others: position i
   * is at (i + 1/2) / P, and the ends are repeated.
   */
  public static Tensor resampled(Tensor x, long count) {
    long[] size = {count};
    return torch.upsample_linear1d(x.unsqueeze(0), size, false, new DoubleOptional()).squeeze(0);
  }

  /** Index of the largest value along {@code dim}, which disappears; int64. */
  public static Tensor argMax(Tensor x, long dim) {
    return x.argmax(new LongOptional(dim), false);
  }
}
