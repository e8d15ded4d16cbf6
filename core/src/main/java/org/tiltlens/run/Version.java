package org.tiltlens.run;

/** This release of Tiltlens. */
public final class Version {
  /** As it stands in {@code run.json}; a test keeps it equal to the build's. */
  public static final String NUMBER = "0.2.0";

  private Version() {}
}
