package org.tiltlens.app.cli;

import org.tiltlens.models.PriorFile;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import picocli.CommandLine.Option;

/** What a step of the prior is and which are taken, common to the commands that draw from one. */
final class StepsOptions {
  @Option(
      names = "--form",
      paramLabel = "F",
      description =
          "The prior's step: ddpm (the only one with a path KL), ddim, dpmsolver (of second order,"
              + " for 20 steps or so), heun (the same by two predictions a step) or lcm (of a"
              + " prior that was distilled to 2 to 8 steps). Default: the bundle's, or ddpm.")
  private String form;

  @Option(
      names = "--eta",
      paramLabel = "E",
      description = "Noise of ddim steps, in [0, 1]. Default: 0.")
  private Double eta;

  @Option(
      names = "--steps",
      paramLabel = "T",
      description =
          "Sampling steps. Default: the bundle's, or the published ones; with --form lcm 4.")
  private Integer steps;

  @Option(
      names = "--respacing",
      paramLabel = "R",
      description =
          "Which steps are taken, in place of --steps: in guided-diffusion's grammar 250, ddim50,"
              + " 10,15,20; as diffusers spaces them leading50, leading50+1, trailing50,"
              + " linspace50; as CompVis uniform50, quad50; of latent consistency models lcm4."
              + " Default: as --steps.")
  private String respacing;

  /** Whether nothing is said of the steps. */
  boolean isSilent() {
    return said().isSilent();
  }

  /**
   * The steps.
   *
   * @param trained how the prior was trained
   * @param usual what goes for what is not said
   */
  StepsSpec of(PriorFile.Trained trained, StepsChoice.Usual usual) {
    return said().of(trained, usual);
  }

  private StepsChoice said() {
    return new StepsChoice(form, eta, steps, respacing);
  }
}
