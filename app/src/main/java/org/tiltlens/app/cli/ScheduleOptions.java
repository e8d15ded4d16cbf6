package org.tiltlens.app.cli;

import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.PriorFile;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.SpecException;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How a prior was trained, and how many of its steps are taken. */
final class ScheduleOptions {
  private static final PriorFile.Trained USUAL = new PriorFile.Trained("linear", 1000);

  @Mixin private StepsOptions steps;

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
   * The steps: as said; where nothing is, those of a pool.
   *
   * @param pool that the run starts from; empty for another
   * @param prior its name; null for a run that will be refused
   * @param usual what goes for what nothing says
   */
  StepsSpec of(
      Optional<PoolSpec> pool, Optional<Bundle> bundle, String prior, StepsChoice.Usual usual) {
    return pool.filter(drawn -> isSilent())
        .map(PoolSpec::steps)
        .orElseGet(() -> steps.of(trained(bundle, prior), usual));
  }

  /** Whether nothing is said of the steps. */
  boolean isSilent() {
    return steps.isSilent() && schedule == null && baseSteps == null;
  }

  /** How the prior was trained: as given, else as its bundle says, else as its own files say. */
  private PriorFile.Trained trained(Optional<Bundle> bundle, String prior) {
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
