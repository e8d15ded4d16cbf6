package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;

/**
 * Samples of the tilt itself: a pool's paths by weight, annealed and moved where these are too few;
 * see {@link Annealing}.
 *
 * @param aim how strong the tilt is; a target needs no pilots
 * @param pool the unguided paths that it starts from
 * @param particles how many on each island, at least 2; of all together where nobody says how many
 *     islands; null for as many as the images where the pool is believed, else at least {@value
 *     #USUAL_PARTICLES} on one island and {@value #USUAL_ON_ISLAND} on each of several
 * @param islands independent runs from equal parts of the pool, whose spread is in the errors; null
 *     for one where the pool is believed or has no path as far as the mean wanted, else for {@value
 *     #USUAL_ISLANDS}, as far as particles and pool allow
 * @param ess share of the particles that a rung leaves effective, in (0, 1)
 * @param moves of each particle at a rung
 * @param guided beta of guided branches as a share of the rung's; 0 for none
 */
public record ExactGuidance(
    AimSpec aim,
    PoolChoice pool,
    Integer particles,
    Integer islands,
    @JsonProperty(required = true) double ess,
    @JsonProperty(required = true) int moves,
    double guided)
    implements GuidanceSpec.Unguided {
  /** Where a pool cannot tell, and nobody says how many. */
  public static final int USUAL_PARTICLES = 32;

  /** The same on each of several islands. */
  static final int USUAL_ON_ISLAND = 16;

  /** As few as tell a spread that is worth the name. */
  static final int USUAL_ISLANDS = 4;

  /** With fewer, an island's own annealing comes to nothing. */
  private static final int FEWEST_ON_ISLAND = 8;

  /** The same of its part of a pool. */
  private static final int FEWEST_PATHS = 32;

  /** A picture is wanted within minutes; whoever wants more asks for more moves. */
  private static final int PATIENCE = 2;

  /** Effective paths of a pool with which it is believed: then its KL is below log N - 2. */
  static final double BELIEVED = 8;

  private static final int MOST_MOVES = 10_000;
  private static final int MOST_ISLANDS = 1000;

  public ExactGuidance {
    Objects.requireNonNull(aim, "aim");
    Objects.requireNonNull(pool, "pool");
    if (islands != null) {
      Bounds.within("islands", islands, 1, MOST_ISLANDS);
      if (pool instanceof PoolChoice.Drawn drawn && islands > drawn.count() / 2) {
        throw new SpecException(
            "{islands} %s of a pool of %s paths: each needs two or more, so give at most %s",
            islands, drawn.count(), drawn.count() / 2);
      }
    }
    if (aim instanceof AimSpec.Wanted wanted && wanted.pilots() != null) {
      throw new SpecException(
          "{guidance} exact finds the beta of a target by itself: give no {pilots}");
    }
    if (particles != null) {
      Bounds.within("particles", particles, 2, Bounds.MAX_PARTICLES);
    }
    if (!(ess > 0 && ess < 1)) {
      throw new SpecException("illegal {ess}: %s, must be above 0 and below 1", ess);
    }
    Bounds.within("moves", moves, 1, MOST_MOVES);
    if (!(guided >= 0 && guided <= 10)) {
      throw new SpecException("illegal {guided}: %s, must be in 0..10", guided);
    }
  }

  /** With the usual settings. */
  public static ExactGuidance usual(AimSpec aim, PoolChoice pool) {
    Annealing.Settings usual = Annealing.Settings.usual(2);
    return new ExactGuidance(aim, pool, null, null, usual.ess(), usual.moves(), usual.guided());
  }

  /** The same from a pool that is drawn for it. */
  public ExactGuidance withNewPool() {
    PoolChoice drawn = new PoolChoice.Drawn(PoolChoice.USUAL_COUNT, PoolSpec.USUAL_SEED);
    return withPool(pool instanceof PoolChoice.Drawn ? pool : drawn);
  }

  @Override
  public ExactGuidance ofOtherSteps() {
    return withNewPool();
  }

  /** The same from another pool. */
  ExactGuidance withPool(PoolChoice other) {
    return new ExactGuidance(aim, other, particles, islands, ess, moves, guided);
  }

  /**
   * How many islands where a pool is not believed.
   *
   * @param paths of the pool
   */
  int islandsOf(int paths) {
    if (islands != null) {
      return islands;
    }
    int enough =
        particles == null ? USUAL_ISLANDS : Math.min(USUAL_ISLANDS, particles / FEWEST_ON_ISLAND);
    return Math.max(1, Math.min(enough, paths / FEWEST_PATHS));
  }

  /** How many particles on each of several islands, where nobody says how many islands. */
  int onEach(int several, int count) {
    return particles != null
        ? particles / several
        : Math.max((count + several - 1) / several, USUAL_ON_ISLAND);
  }

  /**
   * Refuses steps that guided branches cannot weigh.
   *
   * @throws IllegalArgumentException if there are such branches, and the steps are not ancestral
   */
  public void requireSteps(StepsSpec.Form form) {
    if (guided != 0) {
      form.requireAncestral("{guided} branches weigh");
    }
  }

  /** For some particles. */
  public Annealing.Settings settings(int many) {
    return settings(many, BELIEVED);
  }

  /**
   * For some particles on an island, where the pool is not believed: no part of it is either, as
   * one whose weights look even may just lack the paths that count.
   */
  Annealing.Settings onIsland(int many) {
    return settings(many, Double.POSITIVE_INFINITY);
  }

  private Annealing.Settings settings(int many, double believed) {
    Annealing.Settings usual = Annealing.Settings.usual(many);
    int more = usual.lastMoves() - usual.moves();
    return new Annealing.Settings(many, ess, moves, moves + more, PATIENCE, guided, believed);
  }

  @Override
  public String word() {
    return "exact";
  }

  @Override
  public String approximation() {
    return "samples of the tilt of the prior's own steps: exact as pool and particles grow in"
        + " number, and moved until they mix";
  }
}
