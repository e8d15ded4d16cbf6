package org.tiltlens.server;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import org.eclipse.jetty.http.HttpException;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.server.handler.ErrorHandler;
import org.eclipse.jetty.util.Callback;
import org.tiltlens.run.Json;

/** Says what Jetty itself refuses, such as a malformed request, as the studio says what it does. */
final class PlainErrors extends ErrorHandler {
  private static final int LONGEST = 200;

  @Override
  public boolean handle(Request request, Response response, Callback callback) {
    int status = response.getStatus();
    response.getHeaders().put("Content-Type", "application/json");
    response.getHeaders().put("X-Content-Type-Options", "nosniff");
    // Of a request that it cannot read Jetty knows no method, so that HEAD gets a body as well:
    // nothing may come behind it.
    response.getHeaders().put("Connection", "close");
    String json = Json.write(new Refusal(status, words(request, status)));
    response.write(true, ByteBuffer.wrap(json.getBytes(StandardCharsets.UTF_8)), callback);
    return true;
  }

  /** Jetty's own reason where it is one of HTTP, else the status' name. */
  private static String words(Request request, int status) {
    if (status == HttpStatus.INTERNAL_SERVER_ERROR_500) {
      return Front.FAILED;
    }
    String reason =
        request.getAttribute(ERROR_EXCEPTION) instanceof HttpException told
            ? told.getReason()
            : null;
    String line =
        (reason == null ? HttpStatus.getMessage(status) : reason).replaceAll("\\p{Cc}", "?");
    return "this request cannot be read: "
        + (line.length() > LONGEST ? line.substring(0, LONGEST) + "..." : line);
  }
}
