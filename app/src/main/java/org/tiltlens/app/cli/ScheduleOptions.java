package org.tiltlens.app.cli;

import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import picocli.CommandLine.Option;

/** How a prior was trained, and how many of its steps are taken. */
final class ScheduleOptions {
  @Option(
      names = "--steps",
      paramLabel = "T",
      description = "Sampling steps. Default: the bundle's, or the published ones.")
  private Integer steps;

  @Option(
      names = "--noise-schedule",
      paramLabel = "N",
      description =
          "Schedule the prior was trained with: linear or cosine. Default: the bundle's, else"
              + " linear.")
  private String schedule;

  @Option(
      names = "--base-steps",
      paramLabel = "T",
      description = "Steps the prior was trained with. Default: the bundle's, else 1000.")
  private Integer baseSteps;

  /**
   * guided-diffusion spaces the steps of DDIM, and so of other flows, evenly from 0 ({@code
   * ddim50}) and DDPM's over the whole range ({@code 50}).
   */
  static String respacing(int steps, String form) {
    return form.equals("ddpm") ? Integer.toString(steps) : "ddim" + steps;
  }

  /** As given, or null. */
  Integer steps() {
    return steps;
  }

  /** Whether the prior is taken for trained as its bundle says. */
  boolean isUsual() {
    return schedule == null && baseSteps == null;
  }

  String schedule(Optional<Bundle> bundle) {
    return schedule != null
        ? schedule
        : manifest(bundle).map(BundleManifest::noiseSchedule).orElse("linear");
  }

  int baseSteps(Optional<Bundle> bundle) {
    return baseSteps != null
        ? baseSteps
        : manifest(bundle).map(BundleManifest::baseSteps).orElse(1000);
  }

  private static Optional<BundleManifest> manifest(Optional<Bundle> bundle) {
    return bundle.map(Bundle::manifest);
  }
}
