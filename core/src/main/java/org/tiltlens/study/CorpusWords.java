package org.tiltlens.study;

import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.corpus.Framing;
import org.tiltlens.run.SpecException;

/**
 * The corpus that samples start from, as a {@link FlatSpec} has it.
 *
 * @param images as in {@link RenoisedGuidance}
 * @param framing as in {@link RenoisedGuidance}
 * @param limit as in {@link RenoisedGuidance}
 */
public record CorpusWords(String images, Framing framing, int limit) {
  private static final int USUAL_MOVES = 9;

  /** Its images by weight, re-noised. */
  RenoisedGuidance of(AimSpec aim, Integer particles, ExactWords words) {
    Object[] ofPools = {words.pool(), words.poolSize(), words.islands(), words.ess()};
    if (Stream.concat(Stream.of(ofPools), Stream.of(particles, words.guided()))
        .anyMatch(Objects::nonNull)) {
      throw new SpecException(
          (words.pool() != null
                  ? "{pool}"
                  : words.poolSize() != null
                      ? "{poolSize}"
                      : words.islands() != null
                          ? "{islands}"
                          : words.ess() != null
                              ? "{ess}"
                              : particles != null ? "{particles}" : "{guided}")
              + " has a meaning only with {from} pool");
    }
    int moves = words.moves() == null ? USUAL_MOVES : words.moves();
    return new RenoisedGuidance(aim, images, framing, limit, moves);
  }
}
