package org.tiltlens.app.cli;

import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.Preset;
import org.tiltlens.models.PriorFile;
import org.tiltlens.models.StepsSpec;
import picocli.CommandLine.Option;

/** What a step of the prior is and which are taken, common to the commands that draw from one. */
final class StepsOptions {
  /** Steps of a latent consistency model, where nobody says how many. */
  private static final String DISTILLED = "lcm4";

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

  /**
   * What is taken where nothing is said.
   *
   * @param form what a step is
   * @param respacing which are taken
   */
  record Usual(StepsSpec.Form form, String respacing) {
    /** Those of a bundle. */
    static Usual of(BundleManifest bundle) {
      return new Usual(bundle.form(), bundle.respacing());
    }

    /** Those of published settings. */
    static Usual of(Preset preset) {
      return new Usual(new StepsSpec.Ddpm(), preset.respacing());
    }
  }

  /** Whether nothing is said of the steps. */
  boolean isSilent() {
    return Stream.of(form, eta, steps, respacing).allMatch(Objects::isNull);
  }

  /**
   * The steps.
   *
   * @param trained how the prior was trained
   * @param usual what goes for what is not said
   */
  StepsSpec of(PriorFile.Trained trained, Usual usual) {
    if (steps != null && respacing != null) {
      throw new IllegalArgumentException("give one of --steps and --respacing");
    }
    StepsSpec.Form step = form(usual.form());
    return new StepsSpec(step, trained.schedule(), trained.baseSteps(), taken(step, usual));
  }

  private StepsSpec.Form form(StepsSpec.Form usual) {
    if (form == null && eta == null) {
      return usual;
    }
    return StepsSpec.Form.of(form == null ? usual.word() : form, eta == null ? 0 : eta);
  }

  private String taken(StepsSpec.Form step, Usual usual) {
    if (respacing != null) {
      return respacing;
    }
    if (steps != null) {
      return spaced(step);
    }
    boolean another = !step.getClass().equals(usual.form().getClass());
    return step instanceof StepsSpec.Lcm && another ? DISTILLED : usual.respacing();
  }

  /**
   * guided-diffusion spaces the steps of DDIM, and so of other flows, evenly from 0 ({@code
   * ddim50}) and DDPM's over the whole range ({@code 50}); those of a latent consistency model are
   * some of the 50 that it was distilled at ({@code lcm4}).
   */
  private String spaced(StepsSpec.Form step) {
    return switch (step.word()) {
      case "ddpm" -> Integer.toString(steps);
      case "lcm" -> "lcm" + steps;
      default -> "ddim" + steps;
    };
  }
}
