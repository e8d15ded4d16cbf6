package org.tiltlens.app.cli;

import java.io.IOException;
import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.PriorFile;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolSpec;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which bundle, what its prior is told, steps and seed, common to the commands that run it. */
final class BundleRunOptions {
  @Mixin private BundleOption bundle;
  @Mixin private PromptOptions prompt;

  @Mixin private StepsOptions steps;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description =
          "Seed: of noise, all 64 bits of which count, and of choices, which take the low 48."
              + " Default: ${DEFAULT-VALUE}.")
  private long seed = 45;

  /** The bundle to run, whose prior is told what is said. */
  Bundle bundle() throws IOException {
    return prompt.tell(bundle.bundle(false).orElseThrow());
  }

  /** Steps as said, else the bundle's. */
  StepsSpec steps(Bundle bundle) {
    return steps(bundle, Optional.empty());
  }

  /**
   * Steps as said, else those of the given pool, else the bundle's.
   *
   * @param pool empty if none is given
   */
  StepsSpec steps(Bundle bundle, Optional<PoolSpec> pool) {
    StepsSpec own = PoolSpec.of(bundle, 1).steps();
    PriorFile.Trained trained = new PriorFile.Trained(own.schedule(), own.baseSteps());
    return pool.filter(drawn -> steps.isSilent())
        .map(PoolSpec::steps)
        .orElseGet(() -> steps.of(trained, StepsChoice.Usual.of(bundle.manifest())));
  }

  long seed() {
    return seed;
  }
}
