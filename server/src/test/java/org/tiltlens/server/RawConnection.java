package org.tiltlens.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/** A connection over which requests go byte by byte as given, one after the other. */
final class RawConnection implements AutoCloseable {
  private static final int MOST_LINE = 64 << 10;

  private final int port;
  private final int patienceMs;
  private Socket socket;
  private InputStream in;

  /**
   * @param patienceMs how long an answer may keep silent
   */
  RawConnection(int port, int patienceMs) {
    this.port = port;
    this.patienceMs = patienceMs;
  }

  /**
   * An answer.
   *
   * @param headers by their names in small letters
   * @param body empty where it never ends
   */
  record Reply(int status, Map<String, String> headers, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /**
   * Sends a request and reads its answer; of a stream of events its head alone.
   *
   * @param bodiless whether the answer has no body whatever its headers say, as to HEAD
   * @throws java.net.SocketTimeoutException if no answer comes
   */
  Reply send(byte[] request, boolean bodiless) throws IOException {
    boolean used = socket != null;
    try {
      return once(request, bodiless);
    } catch (Closed e) {
      // Between two requests a server may close a connection, which is no answer (RFC 9112, 9.3.1).
      if (used) {
        return once(request, bodiless);
      }
      throw e;
    }
  }

  /** The connection was closed before an answer began. */
  private static final class Closed extends IOException {
    private static final long serialVersionUID = 1;

    Closed(IOException e) {
      super("no answer: " + e.getMessage(), e);
    }
  }

  private Reply once(byte[] request, boolean bodiless) throws IOException {
    if (socket == null) {
      socket = new Socket(InetAddress.getLoopbackAddress(), port);
      socket.setSoTimeout(patienceMs);
      socket.setTcpNoDelay(true);
      in = new BufferedInputStream(socket.getInputStream());
    }
    try {
      return reply(begun(request), bodiless);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /** Sends a request; the first line of its answer. */
  private String begun(byte[] request) throws IOException {
    if (in.available() > 0) {
      String rest = new String(in.readNBytes(in.available()), StandardCharsets.UTF_8);
      throw new IOException("the answer before left behind: " + rest);
    }
    try {
      socket.getOutputStream().write(request);
      socket.getOutputStream().flush();
      in.mark(1);
      if (in.read() < 0) {
        throw new EOFException("closed");
      }
      in.reset();
    } catch (EOFException | SocketException e) {
      throw new Closed(e);
    }
    return line();
  }

  private Reply reply(String status, boolean bodiless) throws IOException {
    requireForm(status, "HTTP/1.1 \\d{3}( .*)?", status);
    Map<String, String> headers = new TreeMap<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      requireForm(line, "[^:]+:.*", status);
      String[] parts = line.split(":", 2);
      headers.put(parts[0].strip().toLowerCase(Locale.ROOT), parts[1].strip());
    }
    int code = Integer.parseInt(status.split(" ")[1]);
    if (headers.getOrDefault("content-type", "").startsWith("text/event-stream")) {
      close();
      return new Reply(code, headers, new byte[0]);
    }
    byte[] body = bodiless || code == 204 || code == 304 ? new byte[0] : body(headers);
    if ("close".equals(headers.get("connection"))) {
      close();
    }
    return new Reply(code, headers, body);
  }

  /** What is no answer may be the rest of the one before. */
  private static void requireForm(String line, String form, String status) throws IOException {
    if (!line.matches(form)) {
      throw new IOException("after '" + status + "' a line that is none of an answer: " + line);
    }
  }

  private byte[] body(Map<String, String> headers) throws IOException {
    if (headers.containsKey("content-length")) {
      return exactly(Integer.parseInt(headers.get("content-length")));
    }
    if ("chunked".equals(headers.get("transfer-encoding"))) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int size = size(); size > 0; size = size()) {
        all.write(exactly(size));
        line();
      }
      line();
      return all.toByteArray();
    }
    byte[] rest = in.readAllBytes();
    close();
    return rest;
  }

  private int size() throws IOException {
    return Integer.parseInt(line().strip(), 16);
  }

  private byte[] exactly(int bytes) throws IOException {
    byte[] read = in.readNBytes(bytes);
    if (read.length < bytes) {
      throw new EOFException("an answer ends after " + read.length + " of " + bytes + " bytes");
    }
    return read;
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    for (int next = in.read(); next != '\n'; next = in.read()) {
      if (next < 0 || line.length() > MOST_LINE) {
        throw new EOFException("no answer, but '" + line + "'");
      }
      line.append((char) next);
    }
    return line.toString().replace("\r", "");
  }

  @Override
  public void close() throws IOException {
    if (socket != null) {
      socket.close();
      socket = null;
    }
  }
}
