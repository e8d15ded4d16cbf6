package org.tiltlens.app.cli;

import org.tiltlens.models.ModelFiles;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;
import picocli.CommandLine.Mixin;

/** How strong the tilt is: its beta, or the mean score it should reach and how beta is found. */
final class AimOptions {
  @Mixin private TiltOptions tilt;
  @Mixin private PilotOptions pilots;

  /** Whether a strength or a target is given. */
  boolean isGiven() {
    return tilt.isGiven();
  }

  /** As given, or null. */
  Double beta() {
    return tilt.beta();
  }

  /** The target given, or the usual one where nothing else says how strong the tilt is. */
  Target target(String method, ModelFiles files) {
    return tilt.target(!method.equals("constant") && files.harvest() != null);
  }

  /** How the beta of a target is found; null: from the corpus alone, or there is no target. */
  Pilots pilots(String method, Target target) {
    return pilots.pilots(method, target != null);
  }
}
