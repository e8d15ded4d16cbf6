package org.tiltlens.models;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.Objects;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.HeunStep;
import org.tiltlens.diffusion.LcmStep;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;

/**
 * The prior's steps from noise to an image.
 *
 * @param form what one of them is
 * @param schedule noise schedule the prior was trained with, {@code linear} or {@code cosine}
 * @param baseSteps steps it was trained with
 * @param respacing which of them are taken: {@code 250}, {@code ddim50}, {@code 10,15,20}, {@code
 *     lcm4}
 */
public record StepsSpec(
    Form form, String schedule, @JsonProperty(required = true) int baseSteps, String respacing) {
  private static final int LONGEST = 80;

  public StepsSpec {
    Objects.requireNonNull(form, "form");
    Objects.requireNonNull(schedule, "schedule");
    Objects.requireNonNull(respacing, "respacing");
    PriorFile.schedule(schedule, baseSteps, respacing);
  }

  /** The same with others of the steps that the prior was trained with. */
  public StepsSpec withRespacing(String taken) {
    return with(form, taken);
  }

  /** The same of other steps of the prior. */
  public StepsSpec with(Form other, String taken) {
    return new StepsSpec(other, schedule, baseSteps, taken);
  }

  /** A schedule's name, in which a long list of betas is its first and last one. */
  public static String words(String schedule) {
    int first = schedule.indexOf(',');
    return schedule.length() <= LONGEST || first < 0
        ? schedule
        : schedule.substring(0, first) + ",..." + schedule.substring(schedule.lastIndexOf(','));
  }

  /** The steps that are taken. */
  public NoiseSchedule noise() {
    return PriorFile.schedule(schedule, baseSteps, respacing);
  }

  /** What a step is. */
  @JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
  @JsonSubTypes({
    @JsonSubTypes.Type(value = Ddpm.class, name = "ddpm"),
    @JsonSubTypes.Type(value = Ddim.class, name = "ddim"),
    @JsonSubTypes.Type(value = DpmSolver.class, name = "dpmsolver"),
    @JsonSubTypes.Type(value = Heun.class, name = "heun"),
    @JsonSubTypes.Type(value = Lcm.class, name = "lcm"),
  })
  public sealed interface Form {
    /** Its word on the command line. */
    String word();

    /** The step itself. */
    ReverseStep step();

    /** Its word with what else decides a step. */
    default String text() {
      return this instanceof Ddim ddim && ddim.eta() != 0 ? word() + ", eta " + ddim.eta() : word();
    }

    /** Which steps are taken, as pages say it: of the usual form goes without saying. */
    default String taken(String respacing) {
      return this instanceof Ddpm ? respacing : respacing + " (" + text() + ")";
    }

    /** Whether a step looks beyond where it is, so that nothing moves it by itself. */
    default boolean looksAround() {
      return this instanceof DpmSolver || this instanceof Heun;
    }

    /**
     * Refuses steps that have no weights.
     *
     * @param who weighs them, in the words of {@link SpecException}'s templates
     */
    default void requireAncestral(String who) {
      if (!(this instanceof Ddpm)) {
        throw new SpecException(who + " ancestral steps: give {form} ddpm, not %s", word());
      }
    }

    /** The words of all. */
    List<String> WORDS = List.of("ddpm", "ddim", "dpmsolver", "heun", "lcm");

    /**
     * The one of a word.
     *
     * @param eta noise of {@code ddim}; 0 for the others
     */
    static Form of(String word, double eta) {
      Bounds.requireWord("form", word, WORDS);
      if (eta != 0 && !word.equals("ddim")) {
        throw new SpecException("{eta} %s has a meaning only with {form} ddim, not %s", eta, word);
      }
      return switch (word) {
        case "ddpm" -> new Ddpm();
        case "ddim" -> new Ddim(eta);
        case "dpmsolver" -> new DpmSolver();
        case "heun" -> new Heun();
        default -> new Lcm();
      };
    }
  }

  /** Ancestral, the only one with a path KL. */
  public record Ddpm() implements Form {
    @Override
    public String word() {
      return "ddpm";
    }

    @Override
    public ReverseStep step() {
      return new AncestralStep();
    }
  }

  /**
   * Along the flow, with noise or without.
   *
   * @param eta how much, in [0, 1]
   */
  public record Ddim(@JsonProperty(required = true) double eta) implements Form {
    public Ddim {
      new DdimStep(eta);
      // No noise is no noise: -0 would be another run.
      eta += 0.0;
    }

    @Override
    public String word() {
      return "ddim";
    }

    @Override
    public ReverseStep step() {
      return new DdimStep(eta);
    }
  }

  /** Along the flow, of second order, for 20 steps or so. */
  public record DpmSolver() implements Form {
    @Override
    public String word() {
      return "dpmsolver";
    }

    @Override
    public ReverseStep step() {
      return new org.tiltlens.diffusion.DpmSolver();
    }
  }

  /** Along the flow, of second order by looking ahead: two predictions a step. */
  public record Heun() implements Form {
    @Override
    public String word() {
      return "heun";
    }

    @Override
    public ReverseStep step() {
      return new HeunStep();
    }
  }

  /** Of a prior that was distilled to a latent consistency model, for 2 to 8 steps. */
  public record Lcm() implements Form {
    @Override
    public String word() {
      return "lcm";
    }

    @Override
    public ReverseStep step() {
      return new LcmStep();
    }
  }
}
