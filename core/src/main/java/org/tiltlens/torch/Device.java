package org.tiltlens.torch;

import static java.util.Objects.requireNonNull;

import java.util.OptionalLong;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.SizeTPair;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;

/**
 * Where tensors live and are computed: {@code cpu} or {@code cuda:N}; tests know {@code lazy:0},
 * the engine's deferred device, which finds on any machine what would fail on a GPU.
 *
 * <p>The name of the processor needs no engine, so what a finished run found is told without.
 *
 * @param precision of the products of frozen networks
 */
public record Device(String name, Precision precision) {
  private static final Pattern SYNTAX = Pattern.compile("cpu|cuda(:\\d{1,2})?|lazy:0");

  static final String DEFERRED = "lazy:0";

  /** The processor. */
  public static final Device CPU = new Device("cpu");

  /** Checks the name only; {@link #requireAvailable} checks the machine. */
  public Device {
    requireNonNull(precision, "precision");
    if (!SYNTAX.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "unknown `device` '" + name + "': use cpu, or cuda:0 for the first GPU");
    }
  }

  /** One on which all is float32. */
  public Device(String name) {
    this(name, Precision.FP32);
  }

  /** The same device, on which all is float32. */
  public Device inFull() {
    return new Device(name);
  }

  public boolean isCpu() {
    return name.equals("cpu");
  }

  private boolean isDeferred() {
    return name.equals(DEFERRED);
  }

  /** Returns this device, whose precision then holds, or fails with what is missing. */
  public Device requireAvailable() {
    if (!isCpu() && !(isDeferred() ? Engine.hasDeferred() : Engine.hasGpu())) {
      throw new IllegalArgumentException(
          "device '"
              + name
              + "' is not available: no CUDA build of the engine or no GPU; build with"
              + " -Pgpu on a machine with CUDA 13 and cuDNN 9, or use `device` cpu");
    }
    if (isCpu() && precision == Precision.TF32) {
      throw new IllegalArgumentException(
          "`precision` tf32 is of NVIDIA's cards, the processor has none: use fp32, or bf16");
    }
    if (!isCpu()) {
      precision.allowTensorFloat();
    }
    return this;
  }

  /** {@code tensor} on this device; the same tensor if it is there already. */
  public Tensor place(Tensor tensor) {
    if (isCpu() && tensor.is_cpu()) {
      return tensor;
    }
    // What is deferred would carry all that came before it through every step.
    Tensor known = isDeferred() ? CPU.place(tensor) : tensor;
    return known.to(engineDevice(), tensor.scalar_type());
  }

  /** What a frozen network computes here, in this precision: not of less than float32. */
  public Tensor compute(Supplier<Tensor> network) {
    return precision.widened(computeAll(network));
  }

  /** The same of a network that says several things, as it says them. */
  public <T> T computeAll(Supplier<T> network) {
    return precision.compute(isCpu(), network);
  }

  /** Bytes of memory that nobody uses on this card; empty for what is none, or is not there. */
  public OptionalLong freeBytes() {
    if (isCpu() || isDeferred() || !Engine.hasGpu()) {
      return OptionalLong.empty();
    }
    try (SizeTPair freeAndTotal = torch.getMemoryInfo(engineDevice().index())) {
      return OptionalLong.of(freeAndTotal.first());
    }
  }

  TensorOptions options(torch.ScalarType type) {
    return new TensorOptions(type).device(new DeviceOptional(engineDevice()));
  }

  private org.bytedeco.pytorch.Device engineDevice() {
    return new org.bytedeco.pytorch.Device(name);
  }

  @Override
  public String toString() {
    return precision == Precision.FP32 ? name : name + " in " + precision;
  }
}
