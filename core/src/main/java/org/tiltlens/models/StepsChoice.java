package org.tiltlens.models;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;

/**
 * What somebody says of the prior's steps; all that is null is as usual.
 *
 * @param form what a step is, one of {@link StepsSpec.Form#WORDS}
 * @param eta noise of {@code ddim} steps, in [0, 1]; null for 0 where a form is given
 * @param steps how many are taken, at least {@value #LEAST} and at most as many as the prior was
 *     trained with
 * @param respacing which are taken, in place of {@code steps}, in the grammar of {@link
 *     StepsSpec#respacing}
 */
public record StepsChoice(String form, Double eta, Integer steps, String respacing) {
  /** All as usual. */
  public static final StepsChoice USUAL = new StepsChoice(null, null, null, null);

  /** From noise to an image there is no fewer. */
  public static final int LEAST = 2;

  /** Steps of a latent consistency model, where nobody says how many. */
  private static final String DISTILLED = "lcm4";

  /**
   * What is taken where nothing is said.
   *
   * @param form what a step is
   * @param respacing which are taken
   */
  public record Usual(StepsSpec.Form form, String respacing) {
    /** Those of a bundle. */
    public static Usual of(BundleManifest bundle) {
      return new Usual(bundle.form(), bundle.respacing());
    }

    /** Those of published settings. */
    public static Usual of(Preset preset) {
      return new Usual(new StepsSpec.Ddpm(), preset.respacing());
    }
  }

  /** Whether nothing is said. */
  @JsonIgnore
  public boolean isSilent() {
    return Stream.of(form, eta, steps, respacing).allMatch(Objects::isNull);
  }

  /**
   * The steps.
   *
   * @param trained how the prior was trained
   * @param usual what goes for what is not said
   * @throws SpecException if what is said contradicts itself, or the prior has no such steps
   */
  public StepsSpec of(PriorFile.Trained trained, Usual usual) {
    if (steps != null && respacing != null) {
      throw new SpecException(
          "{steps} %s and respacing %s are both given: leave one of them out", steps, respacing);
    }
    if (steps != null) {
      Bounds.within("steps", steps, LEAST, trained.baseSteps());
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
