package org.tiltlens.server;

/**
 * What who wrote over a note that was changed meanwhile is told.
 *
 * @param status of HTTP
 * @param error one line
 * @param current the note as it is now
 */
record NoteConflict(int status, String error, Note current) {}
