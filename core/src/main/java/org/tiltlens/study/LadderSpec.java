package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.List;
import java.util.stream.IntStream;
import org.tiltlens.run.Bounds;
import org.tiltlens.tilting.ThermodynamicIntegration;

/** Betas from 0 to the run's own, at each of which images are drawn to estimate log Z and KL. */
@JsonTypeInfo(use = JsonTypeInfo.Id.DEDUCTION)
@JsonSubTypes({
  @JsonSubTypes.Type(LadderSpec.Betas.class),
  @JsonSubTypes.Type(LadderSpec.Rungs.class),
})
public sealed interface LadderSpec {
  /** How many betas are below the run's own. */
  int below();

  /**
   * All betas.
   *
   * @param beta the run's own, which is the last
   */
  double[] betas(double beta);

  /**
   * Named one by one.
   *
   * @param betas from 0 to the run's own, strictly rising
   */
  record Betas(List<Double> betas) implements LadderSpec {
    public Betas {
      betas = List.copyOf(betas);
      try {
        ThermodynamicIntegration.requireLadder(betas.stream().mapToDouble(b -> b).toArray());
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("`betas` " + betas + ": " + e.getMessage(), e);
      }
    }

    /** The one that is the run's own. */
    double last() {
      return betas.get(betas.size() - 1);
    }

    @Override
    public int below() {
      return betas.size() - 1;
    }

    @Override
    public double[] betas(double beta) {
      return betas.stream().mapToDouble(b -> b).toArray();
    }
  }

  /**
   * Evenly spaced.
   *
   * @param rungs betas below the run's own, the first of them 0
   */
  record Rungs(@JsonProperty(required = true) int rungs) implements LadderSpec {
    /** Betas below the run's own. */
    public static final int MOST = 100;

    public Rungs {
      Bounds.within("rungs", rungs, 1, MOST);
    }

    @Override
    public int below() {
      return rungs;
    }

    @Override
    public double[] betas(double beta) {
      return IntStream.rangeClosed(0, rungs).mapToDouble(i -> beta * i / rungs).toArray();
    }
  }
}
