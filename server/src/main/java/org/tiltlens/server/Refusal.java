package org.tiltlens.server;

/**
 * What who asked is told where there is no answer.
 *
 * @param status of HTTP
 * @param error one line
 */
record Refusal(int status, String error) {
  private static final int LONGEST = 1000;

  Refusal {
    if (error.length() > LONGEST) {
      // What was sent may be in it, and what was expected comes last.
      int half = LONGEST / 2;
      error = error.substring(0, half) + " ... " + error.substring(error.length() - half);
    }
  }
}
