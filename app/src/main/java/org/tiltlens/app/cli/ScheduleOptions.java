package org.tiltlens.app.cli;

import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.PriorFile;
import org.tiltlens.run.SpecException;
import picocli.CommandLine.Option;

/** How a prior was trained, and how many of its steps are taken. */
final class ScheduleOptions {
  /** Steps of a latent consistency model, where nobody says how many. */
  private static final String DISTILLED = "lcm4";

  private static final PriorFile.Trained USUAL = new PriorFile.Trained("linear", 1000);

  @Option(
      names = "--steps",
      paramLabel = "T",
      description = "Sampling steps. Default: the bundle's, or the published ones.")
  private Integer steps;

  @Option(
      names = "--noise-schedule",
      paramLabel = "N",
      description =
          "Schedule the prior was trained with: linear, cosine, or by betas linear:FIRST:LAST,"
              + " scaled_linear:FIRST:LAST; karras:MIN:MAX:RHO, EDM's noise levels. Default: the"
              + " bundle's, or what the prior's files say, else linear.")
  private String schedule;

  @Option(
      names = "--base-steps",
      paramLabel = "T",
      description =
          "Steps the prior was trained with. Default: the bundle's, or what the prior's files say,"
              + " else 1000.")
  private Integer baseSteps;

  /**
   * guided-diffusion spaces the steps of DDIM, and so of other flows, evenly from 0 ({@code
   * ddim50}) and DDPM's over the whole range ({@code 50}); those of a latent consistency model are
   * some of the 50 that it was distilled at ({@code lcm4}).
   */
  private static String respacing(int steps, String form) {
    return switch (form) {
      case "ddpm" -> Integer.toString(steps);
      case "lcm" -> "lcm" + steps;
      default -> "ddim" + steps;
    };
  }

  /**
   * Which steps are taken.
   *
   * @param usual where neither anyone nor the form of the steps says how many
   */
  String respacing(String form, String usual) {
    if (steps != null) {
      return respacing(steps, form);
    }
    return form.equals("lcm") ? DISTILLED : usual;
  }

  /** As given, or null. */
  Integer steps() {
    return steps;
  }

  /** Whether nothing is said of the steps. */
  boolean isSilent() {
    return steps == null && isUsual();
  }

  /** Whether the prior is taken for trained as its bundle says. */
  boolean isUsual() {
    return schedule == null && baseSteps == null;
  }

  /**
   * How the prior was trained: as given, else as its bundle says, else as its own files say.
   *
   * @param prior its name; null for a run that will be refused
   */
  PriorFile.Trained trained(Optional<Bundle> bundle, String prior) {
    PriorFile.Trained usual =
        schedule != null && baseSteps != null
            ? USUAL
            : manifest(bundle)
                .map(own -> new PriorFile.Trained(own.noiseSchedule(), own.baseSteps()))
                .or(() -> own(prior))
                .orElse(USUAL);
    return new PriorFile.Trained(
        schedule != null ? schedule : usual.schedule(),
        baseSteps != null ? baseSteps : usual.baseSteps());
  }

  private Optional<PriorFile.Trained> own(String prior) {
    try {
      return Optional.ofNullable(prior).flatMap(PriorFile::trained);
    } catch (SpecException e) {
      // Steps are as usual where nothing says them, the schedule is not.
      if (schedule != null) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static Optional<BundleManifest> manifest(Optional<Bundle> bundle) {
    return bundle.map(Bundle::manifest);
  }
}
