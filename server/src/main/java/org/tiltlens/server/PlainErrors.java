package org.tiltlens.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;

/** Says what Jetty itself refuses, such as a malformed request, in one line. */
final class PlainErrors extends ErrorHandler {
  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    response.getHeaders().put("Content-Type", "text/plain; charset=utf-8");
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    // Of a request that it cannot read Jetty knows no method, so that HEAD gets a body as well:
    // nothing may come behind it.
    response.getHeaders().put("Connection", "close");
    response.write(true, ByteBuffer.wrap(line(response.getStatus())), callback);
    return true;
  }

  private static byte[] line(int status) {
    return (status + " " + HttpStatus.getMessage(status) + "\n").getBytes(StandardCharsets.UTF_8);
  }
}
