package org.tiltlens.app.cli;

/** A command that says what to do where it was stopped. */
interface HowToGoOn {
  /** In a few words, such as {@code run the same command again to go on}. */
  String howToGoOn();
}
