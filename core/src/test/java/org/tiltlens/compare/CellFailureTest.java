package org.tiltlens.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.NoSuchFileException;
import java.util.ConcurrentModificationException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class CellFailureTest {
  @Test
  void whatComesFromOutsideIsAReasonInOneLine() {
    assertThat(CellFailure.reason(new IllegalArgumentException("illegal lr: 3\nmore")))
        .isEqualTo("illegal lr: 3");
    assertThat(CellFailure.reason(new IOException("disk full"))).isEqualTo("disk full");
    assertThat(CellFailure.reason(new UncheckedIOException(new NoSuchFileException("a.png"))))
        .isEqualTo("a.png");
    assertThat(CellFailure.reason(new IOException())).isEqualTo("java.io.IOException");
  }

  @Test
  void theEnginesErrorsAreReasons() {
    try (Scope scope = Scope.open()) {
      // No memory has room for it.
      Tensors.zeros(1L << 50);
    } catch (RuntimeException e) {
      assertThat(CellFailure.reason(e)).isNotEmpty().doesNotContain("\n");
      return;
    }
    throw new AssertionError("the engine had room for 4 PiB");
  }

  static Stream<RuntimeException> bugs() {
    return Stream.of(
        new NullPointerException("feature"),
        new IllegalStateException("closed"),
        new IndexOutOfBoundsException(3),
        new ClassCastException(),
        new ConcurrentModificationException());
  }

  @ParameterizedTest
  @MethodSource("bugs")
  void bugsGoThrough(RuntimeException bug) {
    assertThatThrownBy(() -> CellFailure.reason(bug)).isSameAs(bug);
  }
}
