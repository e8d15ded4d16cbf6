package org.tiltlens.models;

import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.run.SpecException;

/**
 * What somebody says of the prior's steps; all that is null is as usual.
 *
 * @param form what a step is, one of {@link StepsSpec.Form#WORDS}; null for {@code ddpm}
 * @param eta noise of {@code ddim} steps, in [0, 1]; null for 0
 * @param steps how many are taken
 * @param respacing which are taken, in place of {@code steps}, in the grammar of {@link
 *     StepsSpec#respacing}
 */
public record StepsChoice(String form, Double eta, Integer steps, String respacing) {
  /** All as usual. */
  public static final StepsChoice USUAL = new StepsChoice(null, null, null, null);

  /** Steps of a latent consistency model, where nobody says how many. */
  private static final String DISTILLED = "lcm4";

  /** Whether nothing is said. */
  public boolean isSilent() {
    return Stream.of(form, eta, steps, respacing).allMatch(Objects::isNull);
  }

  /**
   * The steps.
   *
   * @param trained how the prior was trained
   * @param usual which are taken where neither anyone nor the form of the steps says so
   * @throws SpecException if what is said contradicts itself, or the prior has no such steps
   */
  public StepsSpec of(PriorFile.Trained trained, String usual) {
    if (steps != null && respacing != null) {
      throw new SpecException(
          "{steps} %s and respacing %s are both given: leave one of them out", steps, respacing);
    }
    StepsSpec.Form step = StepsSpec.Form.of(form == null ? "ddpm" : form, eta == null ? 0 : eta);
    return new StepsSpec(step, trained.schedule(), trained.baseSteps(), taken(step, usual));
  }

  private String taken(StepsSpec.Form step, String usual) {
    if (respacing != null) {
      return respacing;
    }
    if (steps != null) {
      return spaced(step);
    }
    return step instanceof StepsSpec.Lcm ? DISTILLED : usual;
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
