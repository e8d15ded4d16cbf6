package org.tiltlens.compose;

import com.fasterxml.jackson.annotation.JsonProperty;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.study.AimSpec;
import org.tiltlens.study.ExactGuidance;
import org.tiltlens.study.ExactWords;

/**
 * How exact samples of a joint tilt are drawn, as those of one unit are: the sum {@code sum_k
 * beta_k s_k} is the score, and its tilt is annealed from 0 to 1.
 *
 * @param pool the unguided paths that they start from
 * @param ess share of the particles that a rung leaves effective, in (0, 1)
 * @param moves of each particle at a rung
 * @param guided share of guided branches' tilt in the rung's; 0 for none
 */
public record ExactSettings(
    PoolChoice pool,
    @JsonProperty(required = true) double ess,
    @JsonProperty(required = true) int moves,
    double guided) {
  private static final AimSpec WHOLE = new AimSpec.Given(1);

  public ExactSettings {
    new ExactGuidance(WHOLE, pool, null, 1, ess, moves, guided);
  }

  /** What was asked for, with the usual where nothing was. */
  public static ExactSettings of(ExactWords words) {
    return of(words.of(WHOLE, null));
  }

  /** The usual ones. */
  static ExactSettings usual(PoolChoice pool) {
    return of(ExactGuidance.usual(WHOLE, pool));
  }

  private static ExactSettings of(ExactGuidance exact) {
    return new ExactSettings(exact.pool(), exact.ess(), exact.moves(), exact.guided());
  }

  /** The same from a pool that is drawn for it. */
  ExactSettings withNewPool() {
    return of(tilt().withNewPool());
  }

  /** The same for one score. */
  ExactGuidance tilt() {
    return new ExactGuidance(WHOLE, pool, null, 1, ess, moves, guided);
  }
}
