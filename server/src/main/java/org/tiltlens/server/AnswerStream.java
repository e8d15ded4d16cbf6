package org.tiltlens.server;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedChannelException;
import java.util.concurrent.TimeoutException;
import org.eclipse.jetty.io.EofException;

/** An answer on its way, which tells that nobody reads it from that it failed by itself. */
final class AnswerStream extends FilterOutputStream {
  private long written;
  private IOException failure;

  AnswerStream(OutputStream out) {
    super(out);
  }

  private interface Step {
    void take() throws IOException;
  }

  private void take(Step step) throws IOException {
    try {
      step.take();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** Bytes of the answer that went out. */
  long written() {
    return written;
  }

  /** Whether who asked is gone, or too slow. */
  boolean isDeserted() {
    return failure instanceof EofException
        || failure instanceof ClosedChannelException
        || (failure != null && failure.getCause() instanceof TimeoutException);
  }

  @Override
  public void write(int one) throws IOException {
    write(new byte[] {(byte) one}, 0, 1);
  }

  @Override
  public void write(byte[] bytes, int from, int count) throws IOException {
    take(() -> out.write(bytes, from, count));
    written += count;
  }

  @Override
  public void flush() throws IOException {
    take(out::flush);
  }

  /** Ends the answer as one that is whole. */
  @Override
  public void close() throws IOException {
    take(out::close);
  }
}
