package org.tiltlens.server;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/** How far work of the studio itself is, which is no job. */
enum Phase {
  /** Nobody asked for it since the studio started. */
  NONE,
  /** Under way. */
  RUNNING,
  /** There. */
  DONE,
  /** Ended without a result. */
  FAILED;

  /** In JSON and in pages. */
  @JsonValue
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
