package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LanesTest {
  @Test
  void resultsAreInTheOrderOfTheirNumbers() {
    assertThat(new Lanes(3, 1).map(5, i -> i * i)).isEqualTo(List.of(0, 1, 4, 9, 16));
    assertThat(new Lanes(3, 1).map(0, i -> i)).isEmpty();
  }

  /** Who catches the failure frees the weights, and a lane that still read them would crash. */
  @Test
  void noLaneIsAtWorkOnceTheFirstFailureIsOut() {
    CountDownLatch both = new CountDownLatch(2);
    CountDownLatch failing = new CountDownLatch(1);
    AtomicBoolean working = new AtomicBoolean();
    AtomicInteger begun = new AtomicInteger();
    assertThatThrownBy(
            () ->
                new Lanes(2, 1)
                    .map(
                        20,
                        i -> {
                          begun.incrementAndGet();
                          both.countDown();
                          waitFor(both);
                          if (i == 0) {
                            failing.countDown();
                            throw new IllegalStateException("the first fails");
                          }
                          working.set(true);
                          waitFor(failing);
                          busyFor(200_000_000);
                          working.set(false);
                          return i;
                        }))
        .hasMessage("the first fails");
    assertThat(working).isFalse();
    assertThat(begun).as("the rest is not begun").hasValueLessThan(20);
  }

  /** Item 0 is under way when item 1 fails, which should keep all others from being begun. */
  @Test
  void aFailureIsNoticedWhileAnEarlierItemIsUnderWay() {
    CountDownLatch failing = new CountDownLatch(1);
    CountDownLatch others = new CountDownLatch(2);
    AtomicInteger begun = new AtomicInteger();
    assertThatThrownBy(
            () ->
                new Lanes(2, 1)
                    .map(
                        20,
                        i -> {
                          begun.incrementAndGet();
                          if (i == 1) {
                            failing.countDown();
                            throw new IllegalStateException("the second fails");
                          }
                          if (i == 0) {
                            waitFor(failing);
                            waitFor(others, 300);
                          }
                          others.countDown();
                          return i;
                        }))
        .hasMessage("the second fails");
    assertThat(begun).as("items begun").hasValueLessThanOrEqualTo(2);
  }

  private static void waitFor(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      // Asked to stop: native work does not hear it either.
      Thread.currentThread().interrupt();
    }
  }

  private static void waitFor(CountDownLatch latch, long milliseconds) {
    try {
      latch.await(milliseconds, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void busyFor(long nanoseconds) {
    long until = System.nanoTime() + nanoseconds;
    while (System.nanoTime() < until) {
      Thread.onSpinWait();
    }
  }
}
