package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Objects;
import org.tiltlens.run.SpecException;
import org.tiltlens.tilting.Pilots;
import org.tiltlens.tilting.Target;

/** How strong a tilt is: by its beta, or by where it leads. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
  @JsonSubTypes.Type(AimSpec.Given.class),
  @JsonSubTypes.Type(AimSpec.Wanted.class),
})
public sealed interface AimSpec {
  /**
   * A beta.
   *
   * @param beta the tilt's strength, finite; 0 is the prior itself
   */
  record Given(@JsonProperty(required = true) double beta) implements AimSpec {
    public Given {
      if (!Double.isFinite(beta)) {
        throw new SpecException("illegal {beta}: %s, must be a finite number", beta);
      }
    }
  }

  /**
   * A mean score, from which beta follows.
   *
   * @param target where the mean score should be
   * @param pilots short runs that find the beta; null to take the corpus' beta as it is
   */
  record Wanted(Target target, Pilots pilots) implements AimSpec {
    public Wanted {
      Objects.requireNonNull(target, "target");
    }
  }
}
