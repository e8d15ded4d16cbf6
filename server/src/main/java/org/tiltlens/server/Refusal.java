package org.tiltlens.server;

/**
 * What who asked is told where there is no answer.
 *
 * @param status of HTTP
 * @param error one line
 */
record Refusal(int status, String error) {}
