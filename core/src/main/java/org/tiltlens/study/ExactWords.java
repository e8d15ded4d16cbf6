package org.tiltlens.study;

import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.SpecException;

/**
 * How exact samples are drawn, as a {@link FlatSpec} has it; null where nobody says.
 *
 * @param pool folder of a pool; null to draw one
 * @param poolSize paths to draw; null for those of {@code pool}
 * @param islands as in {@link ExactGuidance}
 * @param ess as in {@link ExactGuidance}
 * @param moves as in {@link ExactGuidance}
 * @param guided as in {@link ExactGuidance}
 * @param corpus images to start from in the place of a pool; null for a pool
 */
public record ExactWords(
    String pool,
    Integer poolSize,
    Integer islands,
    Double ess,
    Integer moves,
    Double guided,
    CorpusWords corpus) {
  /** Nothing said. */
  public static final ExactWords NONE = new ExactWords(null, null, null, null, null, null, null);

  private static final Annealing.Settings USUAL = Annealing.Settings.usual(2);

  /** Refuses them for another guidance. */
  public void requireNone() {
    if (Stream.of(corpus, pool, poolSize, islands, ess, moves, guided).anyMatch(Objects::nonNull)) {
      throw new SpecException(
          (corpus != null
                  ? "{from} corpus"
                  : pool != null
                      ? "{pool}"
                      : poolSize != null
                          ? "{poolSize}"
                          : islands != null
                              ? "{islands}"
                              : ess != null ? "{ess}" : moves != null ? "{moves}" : "{guided}")
              + " has a meaning only with {guidance} exact");
    }
  }

  /** All but the pool, which may also tell of the tilts that guided samples are held against. */
  ExactWords withoutPool() {
    return new ExactWords(null, poolSize, islands, ess, moves, guided, corpus);
  }

  /** Exact samples from a pool, or samples that start from a corpus. */
  GuidanceSpec leading(AimSpec aim, Integer particles) {
    return corpus == null ? of(aim, particles) : corpus.of(aim, particles, this);
  }

  /** Exact samples from a pool. */
  public ExactGuidance of(AimSpec aim, Integer particles) {
    if (pool != null && poolSize != null) {
      throw new SpecException("give one of {pool} and {poolSize}");
    }
    PoolChoice from =
        pool != null
            ? new PoolChoice.Kept(pool)
            : new PoolChoice.Drawn(
                poolSize == null ? PoolChoice.USUAL_COUNT : poolSize, PoolSpec.USUAL_SEED);
    return new ExactGuidance(
        aim,
        from,
        particles,
        islands,
        ess == null ? USUAL.ess() : ess,
        moves == null ? USUAL.moves() : moves,
        guided == null ? USUAL.guided() : guided);
  }
}
