package org.tiltlens.server;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.eclipse.jetty.http.HttpCookie;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Request;

/**
 * Who may ask: this machine, and who has the token of a studio that listens beyond it.
 *
 * <p>A page from elsewhere in the same browser is neither: it can name this machine as its own (DNS
 * rebinding), which the Host header tells, or post to it, which Origin and Sec-Fetch-Site tell.
 */
final class Guard {
  private static final int TOKEN_BYTES = 24;
  private static final String BEARER = "Bearer ";

  private final Set<String> names;
  private final boolean anyName;
  private final String token;

  /**
   * @param host that the studio listens on
   * @throws UnknownHostException if there is none of that name
   */
  Guard(String host) throws UnknownHostException {
    InetAddress address = InetAddress.getByName(host);
    anyName = address.isAnyLocalAddress();
    names = new TreeSet<>(Set.of("localhost", "127.0.0.1", "[::1]"));
    names.add(host.contains(":") ? "[" + host + "]" : host.toLowerCase(Locale.ROOT));
    token = address.isLoopbackAddress() ? null : newToken();
  }

  private static String newToken() {
    byte[] bytes = new byte[TOKEN_BYTES];
    new SecureRandom().nextBytes(bytes);
    return Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
  }

  /** What to show to be let in; null on this machine alone, where nobody needs to. */
  String token() {
    return token;
  }

  /**
   * Lets a request pass.
   *
   * @param port that the studio listens on
   * @throws Refused if it does not
   */
  void check(Request request, int port) {
    HttpFields headers = request.getHeaders();
    String host = headers.get("Host");
    requireOwnName(host, port);
    requireOwnPage(request.getMethod(), headers, host);
    if (token != null && !isKnown(request, port)) {
      throw new Refused(
          401, "this studio asks for a token: open the address that it printed when it started");
    }
  }

  private void requireOwnName(String host, int port) {
    // Whoever has the token was told it; any name that leads here will do.
    if (anyName && token != null && host != null) {
      return;
    }
    String bare = host == null ? "" : host.toLowerCase(Locale.ROOT);
    String suffix = ":" + port;
    if (bare.endsWith(suffix)) {
      bare = bare.substring(0, bare.length() - suffix.length());
    }
    if (!names.contains(bare)) {
      throw new Refused(
          421, "this studio does not go by the name in the request's Host header: use localhost");
    }
  }

  private static void requireOwnPage(String method, HttpFields headers, String host) {
    boolean changes = !(method.equals("GET") || method.equals("HEAD"));
    String origin = headers.get("Origin");
    boolean foreignOrigin = origin != null && !origin.equalsIgnoreCase("http://" + host);
    String site = headers.get("Sec-Fetch-Site");
    boolean foreignSite = site != null && !(site.equals("same-origin") || site.equals("none"));
    boolean followsLink = !changes && "navigate".equals(headers.get("Sec-Fetch-Mode"));
    if (foreignOrigin || (foreignSite && !followsLink)) {
      throw new Refused(403, "this request comes from a page that is not the studio's");
    }
  }

  private boolean isKnown(Request request, int port) {
    String header = request.getHeaders().get("Authorization");
    if (header != null && header.startsWith(BEARER)) {
      return isToken(header.substring(BEARER.length()));
    }
    return Request.getCookies(request).stream()
        .filter(cookie -> cookie.getName().equals(cookieName(port)))
        .map(HttpCookie::getValue)
        .anyMatch(this::isToken);
  }

  /** Whether a text is the token; takes as long for a text that nearly is. */
  boolean isToken(String text) {
    return token != null
        && MessageDigest.isEqual(
            token.getBytes(StandardCharsets.UTF_8), text.getBytes(StandardCharsets.UTF_8));
  }

  /** The header that makes a browser remember the token. */
  String cookie(int port) {
    return cookieName(port) + "=" + token + "; Path=/; HttpOnly; SameSite=Strict";
  }

  /** Browsers do not tell ports apart. */
  private static String cookieName(int port) {
    return "tiltlens-" + port;
  }
}
