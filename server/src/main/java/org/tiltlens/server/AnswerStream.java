package org.tiltlens.server;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.ClosedChannelException;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.EofException;
import org.eclipse.jetty.io.IdleTimeout;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;

/**
 * An answer on its way, which tells that nobody reads it from that it failed by itself.
 *
 * <p>A connection on which nothing moves for a while is cut off, and what the studio itself takes
 * to compute is no such while: time runs from when a piece goes out. Pieces are put together, so
 * that there are few of them, and what fails before the first can still be a refusal.
 */
final class AnswerStream extends FilterOutputStream {
  private static final int PIECE = 64 << 10;

  private final EndPoint connection;
  private long written;
  private IOException failure;

  private AnswerStream(EndPoint connection, OutputStream out) {
    super(out);
    this.connection = connection;
  }

  static AnswerStream to(Request request, Response response) {
    return new AnswerStream(
        request.getConnectionMetaData().getConnection().getEndPoint(),
        Content.Sink.asOutputStream(Content.Sink.asBuffered(response, null, false, PIECE, PIECE)));
  }

  private interface Step {
    void take() throws IOException;
  }

  private void take(Step step) throws IOException {
    if (connection instanceof IdleTimeout clock) {
      clock.notIdle();
    }
    try {
      step.take();
    } catch (IOException e) {
      failure = e;
      throw e;
    }
  }

  /** Bytes of the answer until here. */
  long written() {
    return written;
  }

  /** Whether who asked is gone. */
  boolean isDeserted() {
    return failure instanceof EofException || failure instanceof ClosedChannelException;
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
