package org.tiltlens.app.cli;

import java.io.IOException;
import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.pool.PoolSpec;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which bundle, what its prior is told, steps and seed, common to the commands that run it. */
final class BundleRunOptions {
  @Mixin private BundleOption bundle;
  @Mixin private PromptOptions prompt;

  @Option(
      names = "--steps",
      paramLabel = "T",
      description =
          "Steps of samplers from noise. Default: the bundle's. The published constant guidance of"
              + " compare keeps its 1000: --set constant.steps=T.")
  private Integer steps;

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
  String respacing(Bundle bundle) {
    return respacing(bundle, Optional.empty());
  }

  /**
   * Steps as said, else those of the given pool, else the bundle's.
   *
   * @param pool empty if none is given
   */
  String respacing(Bundle bundle, Optional<PoolSpec> pool) {
    return steps != null
        ? Integer.toString(steps)
        : pool.map(drawn -> drawn.steps().respacing()).orElse(bundle.manifest().respacing());
  }

  long seed() {
    return seed;
  }
}
