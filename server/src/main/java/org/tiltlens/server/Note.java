package org.tiltlens.server;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * What somebody wrote of a feature.
 *
 * @param feature its index
 * @param label a few words; empty without any
 * @param note more of them, lines ended by {@code \n}; empty without any
 * @param version how often it was written; 0 if never
 * @param changed when it was written last, as ISO 8601 has it; absent if never
 */
record Note(int feature, String label, String note, long version, String changed) {

  /** Of a feature of which nobody wrote. */
  static Note none(int feature) {
    return new Note(feature, "", "", 0, null);
  }

  /** Whether there is nothing to read in it. */
  @JsonIgnore
  boolean isEmpty() {
    return label.isEmpty() && note.isEmpty();
  }
}
