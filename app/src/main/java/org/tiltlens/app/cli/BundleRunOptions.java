package org.tiltlens.app.cli;

import org.tiltlens.models.Bundle;
import picocli.CommandLine.Option;

/** Steps and seed, common to the commands that run a whole bundle. */
final class BundleRunOptions {
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

  String respacing(Bundle bundle) {
    return steps == null ? bundle.manifest().respacing() : Integer.toString(steps);
  }

  long seed() {
    return seed;
  }
}
