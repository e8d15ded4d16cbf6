package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NotDirectoryException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class FailureLineTest {
  private static final IOException FULL = new IOException("No space left on device");

  static Stream<Throwable> hostile() {
    return Stream.of(
        new IOException(),
        new NullPointerException(),
        new IllegalArgumentException(),
        new IllegalStateException("two\n  lines"),
        new UncheckedIOException(new IOException()),
        new UncheckedIOException("while writing", FULL),
        new AccessDeniedException("/a/b"),
        new FileSystemException("/a/b"),
        new NotDirectoryException("/a/b"),
        new NoClassDefFoundError("org/bytedeco/pytorch/global/torch"),
        new ExceptionInInitializerError(FULL),
        new OutOfMemoryError("Java heap space"));
  }

  @ParameterizedTest
  @MethodSource("hostile")
  void noClassNorNullIsShown(Throwable failure) {
    assertThat(
            FailureLine.of(failure, "visualize").replace("org/bytedeco/pytorch/global/torch", ""))
        .isNotBlank()
        .doesNotContain("null", "java.", "Exception", "\n");
  }

  @Test
  void classesThatDoNotFitAreNoFaultOfTheEngine() {
    assertThat(FailureLine.of(new NoSuchMethodError("'void org.tiltlens.A.b()'"), "pool"))
        .contains("do not fit each other", "A.b()")
        .doesNotContain("engine");
  }

  @Test
  void aFullDiskAndWhatMayNotBeReadSayWhatToDo() {
    assertThat(FailureLine.of(new UncheckedIOException(FULL), "demo"))
        .contains("disk is full", "--out");
    assertThat(
            FailureLine.of(
                new FileSystemException("/c/pool.tmp", null, "No space left on device"), "demo"))
        .contains("disk is full", "'/c/pool.tmp'", "--cache");
    assertThat(FailureLine.of(new AccessDeniedException("/a/b"), "demo"))
        .isEqualTo("cannot use '/a/b': this user may not read or write it");
    String temporary = System.getProperty("java.io.tmpdir");
    assertThat(FailureLine.of(new AccessDeniedException(temporary + "/b"), "demo"))
        .contains("-Djava.io.tmpdir=DIR");
    assertThat(FailureLine.of(new NotDirectoryException("/a/b"), "demo"))
        .endsWith(": not directory");
  }

  @Test
  void anEngineThatCannotStartNamesItsFolder() {
    assertThat(FailureLine.of(new ExceptionInInitializerError(FULL), "demo"))
        .contains("(No space left on device)", ".javacpp/cache'", "cachedir=DIR");
  }

  @Test
  void theEnginesOwnTraceIsLeftOut() {
    assertThat(
            FailureLine.of(
                new IllegalStateException("shapes differ\nException raised from x at y.cpp:3"),
                "demo"))
        .isEqualTo("failed: shapes differ (--debug shows where)");
  }
}
