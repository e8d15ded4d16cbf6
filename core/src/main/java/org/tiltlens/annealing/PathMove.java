package org.tiltlens.annealing;

import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;

/**
 * How another path is proposed in the place of one: so that a path of the prior gives a path of the
 * prior, and either as likely in the place of the other.
 *
 * <pre>
 *   p(x) P(x -> x') = p(x') P(x' -> x)      so a tilt accepts with min(1, exp(beta (s' - s)))
 * </pre>
 *
 * <p>A path is the Gaussian numbers of its steps: u_0 is x_T, u_n those of the n-th step.
 */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = PathMove.Branch.class, name = "branch"),
  @JsonSubTypes.Type(value = PathMove.NoiseWalk.class, name = "walk"),
  @JsonSubTypes.Type(value = PathMove.GuidedBranch.class, name = "guided"),
})
public sealed interface PathMove {
  /** The steps that stay as they are. */
  int kept();

  /** The last steps drawn anew: {@code u_n' ~ N(0, I)} for n above {@code kept}. */
  record Branch(int kept) implements PathMove {
    public Branch {
      requireStep(kept);
    }
  }

  /**
   * All numbers moved a little, {@code u' = sqrt(1 - size^2) u + size xi}: the preconditioned
   * Crank-Nicolson walk (Cotter et al. 2013), which moves x_T too.
   *
   * @param size in (0, 1]; at 1 the path is drawn anew
   */
  record NoiseWalk(double size) implements PathMove {
    public NoiseWalk {
      if (!(size > 0 && size <= 1)) {
        throw new IllegalArgumentException(
            "a walk of the noise by " + size + ", must be above 0 and at most 1");
      }
    }

    @Override
    public int kept() {
      return 0;
    }
  }

  /**
   * The last steps drawn anew by plug-in tilt guidance, for tilts far above what the prior's own
   * steps reach; accepted by {@code exp(beta s) p(stretch) / guided(stretch)} of new over old.
   *
   * @param beta of the guidance, any finite number
   */
  record GuidedBranch(int kept, double beta) implements PathMove {
    public GuidedBranch {
      requireStep(kept);
      if (!Double.isFinite(beta)) {
        throw new IllegalArgumentException("illegal beta: " + beta + ", must be a finite number");
      }
    }
  }

  private static void requireStep(int kept) {
    if (kept < 1) {
      throw new IllegalArgumentException(
          "a branch that keeps " + kept + " steps, must keep at least 1");
    }
  }
}
