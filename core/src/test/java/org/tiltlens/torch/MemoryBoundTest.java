package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class MemoryBoundTest {
  private final AtomicLong resident = new AtomicLong(100L << 20);
  private final AtomicLong nanos = new AtomicLong(Long.MAX_VALUE - 1);
  private final MemoryBound bound = new MemoryBound(200L << 20, resident::get, nanos::get);

  @Test
  void saysHowMuchIsUsedAndWhatToDo() {
    bound.check();
    resident.set(300L << 20);
    // The clock may pass the largest number.
    nanos.addAndGet(20_000_000);
    assertThatThrownBy(bound::check)
        .isInstanceOf(OutOfMemoryError.class)
        .hasMessageContainingAll("300 MB", "200 MB", "`batch`");
  }

  @Test
  void doesNotLookAtEveryCall() {
    bound.check();
    resident.set(300L << 20);
    assertThatCode(bound::check).doesNotThrowAnyException();
    nanos.addAndGet(19_999_999);
    assertThatCode(bound::check).doesNotThrowAnyException();
  }
}
