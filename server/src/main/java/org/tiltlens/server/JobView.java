package org.tiltlens.server;

import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;

/**
 * A job as it is now.
 *
 * @param job its name
 * @param command what it runs
 * @param what the same in words
 * @param state how far it is
 * @param asked when it was asked for, as ISO 8601 has it
 * @param feature that it is about; absent if that is not one
 * @param percentile of the corpus' scores where its images' mean score is to be; absent without one
 * @param count how many images it draws; absent if it draws none, or nobody knows before
 * @param progress of what runs; absent otherwise
 * @param failure why it failed; absent otherwise
 * @param page where its page is; absent if it is not done
 */
record JobView(
    String job,
    String command,
    String what,
    State state,
    String asked,
    Integer feature,
    Double percentile,
    Integer count,
    Far progress,
    String failure,
    String page) {

  /** How far a job is. */
  enum State {
    /** Waits for its turn. */
    QUEUED,
    /** Runs. */
    RUNNING,
    /** Has a result. */
    DONE,
    /** Ended without a result; may be tried again. */
    FAILED,
    /** Was stopped, by whoever asked for it or with the studio; can go on. */
    STOPPED;

    /** In JSON and in pages. */
    @JsonValue
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How far work is.
   *
   * @param what it does
   * @param done steps
   * @param steps in all; 0 where nobody knows
   * @param text the same as people count it
   */
  record Far(String what, long done, long steps, String text) {}

  /** Whether it will change by itself. */
  @JsonIgnore
  boolean isLive() {
    return state == State.QUEUED || state == State.RUNNING;
  }
}
