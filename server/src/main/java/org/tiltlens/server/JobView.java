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
 * @param begun when it first had its turn, the same; absent before
 * @param place among those that wait, 1 for the next; absent for one that does not wait
 * @param progress of what runs; absent otherwise
 * @param line how far it is, in words; absent if it neither waits nor runs
 * @param failure why it failed; absent otherwise
 * @param page where its page is; absent if it is not done
 * @param shown the studio's page that shows it under the form that asks for it; absent where none
 *     does
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
    String begun,
    Integer place,
    Far progress,
    String line,
    String failure,
    String page,
    String shown) {

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
   * @param secondsLeft at the speed so far; absent where nothing tells
   */
  record Far(String what, long done, long steps, String text, Long secondsLeft) {

    /** It in words, with the time left. */
    String line() {
      return what
          + ": "
          + text
          + (secondsLeft == null ? "" : ", about " + time(secondsLeft) + " left");
    }

    /** A time as people say it, with two digits at most of the larger unit. */
    static String time(long seconds) {
      if (seconds < 100) {
        return seconds + " s";
      }
      long minutes = (seconds + 30) / 60;
      return minutes < 100 ? minutes + " min" : (minutes + 30) / 60 + " h";
    }
  }

  /** Whether it will change by itself. */
  @JsonIgnore
  boolean isLive() {
    return state == State.QUEUED || state == State.RUNNING;
  }
}
