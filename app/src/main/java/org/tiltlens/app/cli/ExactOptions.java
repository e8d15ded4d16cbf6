package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.CacheFolder;
import org.tiltlens.study.ExactWords;
import picocli.CommandLine.Option;

/** How exact samples are drawn, and from which pool. */
final class ExactOptions {
  @Option(
      names = "--pool",
      paramLabel = "DIR",
      description =
          "Pool that exact samples start from, written by tiltlens pool. Default: the bundle's, if"
              + " it was drawn with the same steps, else one is drawn once and cached.")
  private Path pool;

  @Option(
      names = "--pool-size",
      paramLabel = "N",
      description =
          "Unguided paths to draw where no pool is given or at hand; every unit starts from them."
              + " Default: 512.")
  private Integer poolSize;

  @Option(
      names = "--cache",
      paramLabel = "DIR",
      description =
          "Where pools that were drawn are kept for other runs. Default: ~/.cache/tiltlens.")
  private Path cache;

  @Option(
      names = "--ess",
      paramLabel = "F",
      description =
          "Share of the particles that each step of the annealing leaves effective. Default: 0.7.")
  private Double ess;

  @Option(
      names = "--moves",
      paramLabel = "N",
      description = "Moves of each particle at a step of the annealing. Default: 5.")
  private Integer moves;

  @Option(
      names = "--guided",
      paramLabel = "F",
      description =
          "Every other branch follows the gradient, with this share of beta: for levels far above"
              + " the pool. Default: 0, none.")
  private Double guided;

  /**
   * What was asked for, with the bundle's pool where that fits.
   *
   * @param bundle which may have one
   * @param itsOwn whether the run is exact and takes the bundle's own steps
   */
  ExactWords words(Optional<Bundle> bundle, boolean itsOwn) {
    if (cache != null) {
      System.setProperty(CacheFolder.PROPERTY, cache.toString());
    }
    boolean shipped = itsOwn && pool == null && poolSize == null;
    Optional<String> own = shipped ? bundle.flatMap(Bundle::pool) : Optional.empty();
    return new ExactWords(
        own.orElse(pool == null ? null : pool.toString()), poolSize, ess, moves, guided);
  }
}
