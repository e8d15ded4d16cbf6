package org.tiltlens.app.cli;

import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.study.CorpusWords;
import org.tiltlens.study.ExactWords;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How exact samples are drawn, and from which pool. */
final class ExactOptions {
  @Mixin private PoolOptions pools;

  @Option(
      names = "--ess",
      paramLabel = "F",
      description =
          "Share of the particles that each step of the annealing leaves effective. Default: 0.6.")
  private Double ess;

  @Option(
      names = "--moves",
      paramLabel = "N",
      description =
          "Moves of each particle at a step of the annealing, or of each image of a corpus."
              + " Default: 5, from a corpus 9.")
  private Integer moves;

  @Option(
      names = "--guided",
      paramLabel = "F",
      description =
          "Every other branch follows the gradient, with this share of beta: for levels far above"
              + " the pool. Default: 0, none.")
  private Double guided;

  /** What the given pool was drawn with; empty if none is given. */
  Optional<PoolSpec> drawn() {
    return pools.drawn();
  }

  /**
   * What was asked for, with the bundle's pool where that fits.
   *
   * @param bundle which may have one; empty for a run that takes none
   */
  ExactWords words(Optional<Bundle> bundle, StepsSpec steps) {
    return words(bundle, steps, null, null);
  }

  /** The same on islands, or from a corpus. */
  ExactWords words(Optional<Bundle> bundle, StepsSpec steps, Integer islands, CorpusWords corpus) {
    return new ExactWords(
        pools.folder(
            bundle.filter(own -> PoolSpec.of(own, 1).steps().equals(steps)).flatMap(Bundle::pool)),
        pools.size(),
        islands,
        ess,
        moves,
        guided,
        corpus);
  }
}
