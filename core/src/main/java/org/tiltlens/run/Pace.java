package org.tiltlens.run;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * How fast a piece of work is, and how long what is left of it will take at that speed; steps that
 * an earlier process did say nothing of it. For one thread at a time.
 */
public final class Pace {
  /** One of two models says nothing of the other. */
  private static final int FEWEST = 3;

  /** Of unlike work, the part before which the speed of its beginning would be taken for all. */
  private static final double FIRST_SHARE = 0.02;

  private final long steps;
  private final Counted as;
  private final LongSupplier clock;
  private final long start;
  private long done;
  private long skipped;

  /**
   * Begins now.
   *
   * @param steps in all; 0 where nobody knows
   * @param clock nanoseconds since whenever
   */
  public Pace(long steps, Counted as, LongSupplier clock) {
    this.steps = steps;
    this.as = as;
    this.clock = clock;
    start = clock.getAsLong();
  }

  /** {@code more} steps are done. */
  public void advance(long more) {
    done += more;
  }

  /** {@code more} steps need not be done. */
  public void skip(long more) {
    skipped += more;
    done += more;
  }

  /** Steps done or skipped. */
  public long done() {
    return done;
  }

  /** How long it has been at work. */
  public Duration gone() {
    return Duration.ofNanos(clock.getAsLong() - start);
  }

  /**
   * How long it will take, at the speed of this process; empty where nothing tells: as long as it
   * did nothing, and once all that was expected is done, as who is still at it does more.
   */
  public Optional<Duration> left() {
    long own = done - skipped;
    boolean tooEarly = as.isShare() && own < FIRST_SHARE * steps;
    return own <= 0 || done >= steps || steps < FEWEST || tooEarly
        ? Optional.empty()
        : Optional.of(
            Duration.ofNanos(Math.round((double) gone().toNanos() / own * (steps - done))));
  }
}
