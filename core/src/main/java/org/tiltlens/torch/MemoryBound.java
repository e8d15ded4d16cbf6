package org.tiltlens.torch;

import com.sun.management.OperatingSystemMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;

/**
 * Lets a run that needs more memory than there is fail with a message instead of being killed.
 *
 * <p>The engine's own bound reads the process' size from the system at every tensor, a tenth of the
 * time of a step of a small network. Memory does not grow that fast: asking every few milliseconds,
 * as scopes open, is enough.
 */
public final class MemoryBound {
  private static final long INTERVAL_NANOS = 20_000_000;

  private final long maximumBytes;
  private final LongSupplier residentBytes;
  private final LongSupplier nanoTime;
  private final AtomicLong next;

  /**
   * @param maximumBytes more than this many resident bytes is too much
   * @param residentBytes the process' size in bytes
   * @param nanoTime the clock
   */
  MemoryBound(long maximumBytes, LongSupplier residentBytes, LongSupplier nanoTime) {
    this.maximumBytes = maximumBytes;
    this.residentBytes = residentBytes;
    this.nanoTime = nanoTime;
    this.next = new AtomicLong(nanoTime.getAsLong());
  }

  /** Memory of this machine, or of the container, in bytes; told without the engine. */
  public static long machineBytes() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getTotalMemorySize();
  }

  /** Throws if the process is too large, as far as it was looked at in the last milliseconds. */
  void check() {
    long due = next.get();
    long now = nanoTime.getAsLong();
    if (now - due < 0 || !next.compareAndSet(due, now + INTERVAL_NANOS)) {
      return;
    }
    long resident = residentBytes.getAsLong();
    if (resident > maximumBytes) {
      throw new OutOfMemoryError(
          "this process has %,d MB in memory, at most %,d MB are safe on this machine: use a smaller `batch` or fewer `threads`"
              .formatted(resident >> 20, maximumBytes >> 20));
    }
  }
}
