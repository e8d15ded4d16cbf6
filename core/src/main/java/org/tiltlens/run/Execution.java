package org.tiltlens.run;

import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Precision;

/**
 * How a run is computed, as opposed to what.
 *
 * <p>On the CPU each image is computed by itself, so {@code batch} and {@code threads} change speed
 * and memory but no bit of any image. {@code threadsPerImage} splits single operations, which
 * changes results by rounding; so does a GPU.
 *
 * @param device {@code cpu} or {@code cuda:N}
 * @param batch images under way at the same time, at least 1; memory grows with it
 * @param threads processor threads in all, in 1..1024
 * @param threadsPerImage threads of each operation, in 1..1024: the engine dies of too many
 * @param precision of the prior's and the vision model's products, by {@link Precision}'s names;
 *     fp32 where a run does not say
 */
public record Execution(
    String device, int batch, int threads, int threadsPerImage, String precision) {
  private static final int MOST_THREADS = 1024;

  public Execution {
    if (batch < 1) {
      throw new SpecException("illegal {batch}: %s, must be at least 1", batch);
    }
    Bounds.within("threads", threads, 1, MOST_THREADS);
    Bounds.within("threadsPerImage", threadsPerImage, 1, MOST_THREADS);
    precision = (precision == null ? Precision.FP32 : Precision.named(precision)).toString();
  }

  /** In float32. */
  public Execution(String device, int batch, int threads, int threadsPerImage) {
    this(device, batch, threads, threadsPerImage, null);
  }

  /** The same in another precision. */
  public Execution in(String precision) {
    return new Execution(device, batch, threads, threadsPerImage, precision);
  }

  /**
   * Where the networks compute, and how exactly.
   *
   * @throws IllegalArgumentException if this machine has no such device
   */
  public Device place() {
    return new Device(device, Precision.named(precision)).requireAvailable();
  }

  /** The processor, all its cores, one thread an image. */
  public static Execution onCpu(int batch) {
    return new Execution("cpu", batch, Runtime.getRuntime().availableProcessors(), 1);
  }

  /**
   * How images are spread over the processor: on the CPU one at a time goes through the networks,
   * which is what makes its bits its own; see {@link Lanes}.
   */
  public Lanes lanes() {
    if (!onProcessor()) {
      return new Lanes(1, threads);
    }
    int beside = Math.max(1, threads / threadsPerImage);
    return new Lanes(Math.min(batch, beside), threadsPerImage);
  }

  /** How many images go through the networks together, and how many such groups at a time. */
  public Batching batching() {
    return new Batching(onProcessor() ? 1 : batch, lanes());
  }

  private boolean onProcessor() {
    return device.equals("cpu");
  }
}
