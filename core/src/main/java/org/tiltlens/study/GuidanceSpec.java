package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.util.Objects;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Renoising;
import org.tiltlens.corpus.Framing;
import org.tiltlens.feature.Objective;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;
import org.tiltlens.sampling.TwistedRun;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.TwistedClouds;

/** What leads the prior's steps to images that drive the unit. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "kind")
@JsonSubTypes({
  @JsonSubTypes.Type(value = GuidanceSpec.Exact.class, name = "exact"),
  @JsonSubTypes.Type(value = GuidanceSpec.Renoised.class, name = "renoised"),
  @JsonSubTypes.Type(value = GuidanceSpec.Tilt.class, name = "tilt"),
  @JsonSubTypes.Type(value = GuidanceSpec.Twisted.class, name = "twisted"),
  @JsonSubTypes.Type(value = GuidanceSpec.Constant.class, name = "constant"),
})
public sealed interface GuidanceSpec {
  /** Perturbed estimates of one image over which a gradient may be smoothed; all in memory. */
  int MAX_SMOOTHING = 10_000;

  /** Its word on the command line and in results. */
  String word();

  /** How much of it acts along the run. */
  Strength strength();

  /** How the score's gradient is had. */
  ScoreGradient gradient();

  /** How strong the tilt is; null if there is none. */
  AimSpec aim();

  /** Unguided paths of the prior that tell of its tilts; null where none are asked. */
  default PoolChoice pool() {
    return null;
  }

  /** The same of a prior's other steps, of which a pool that was drawn before tells nothing. */
  default GuidanceSpec ofOtherSteps() {
    return this;
  }

  /**
   * How the gradient enters a step.
   *
   * @param beta the tilt's strength, given or solved for; null without a tilt
   */
  Guidance of(Objective objective, Double beta);

  /** What keeps a run from sampling q_beta exactly. */
  default String approximation() {
    if (gradient() instanceof ScoreGradient.Smoothed) {
      return "smoothed plug-in guidance: scores of perturbed clean estimates stand for the expected"
          + " score, as if images had variance 1 around the estimate";
    }
    String plugIn =
        "plug-in guidance: the score of the clean estimate stands for the expected score";
    return gradient() instanceof ScoreGradient.CleanEstimate
        ? plugIn + ", and its gradient there for the one through the prior's network"
        : plugIn;
  }

  /**
   * The principled tilt, image by image.
   *
   * @param aim how strong it is
   * @param ladder betas below its own, drawn to estimate log Z and KL; null for none
   * @param gradient how the score's gradient is had
   * @param strength its factor along the run
   * @param pool unguided paths that tell log Z, KL and the certificate; null for none
   */
  record Tilt(
      AimSpec aim, LadderSpec ladder, ScoreGradient gradient, Strength strength, PoolChoice pool)
      implements GuidanceSpec {
    /** Without a pool. */
    public Tilt(AimSpec aim, LadderSpec ladder, ScoreGradient gradient, Strength strength) {
      this(aim, ladder, gradient, strength, null);
    }

    public Tilt {
      Objects.requireNonNull(aim, "aim");
      Objects.requireNonNull(strength, "strength");
      requireBounded(gradient);
      if (ladder instanceof LadderSpec.Betas given) {
        requireEnd(given, aim);
      }
    }

    private static void requireEnd(LadderSpec.Betas ladder, AimSpec aim) {
      if (!(aim instanceof AimSpec.Given own)) {
        throw new SpecException("{betas} has a meaning only with {guidance} tilt and {beta}");
      }
      if (ladder.last() != own.beta()) {
        throw new SpecException(
            "the ladder {betas} %s does not end at {beta} %s: give betas from 0 to that",
            ladder.betas(), own.beta());
      }
    }

    @Override
    public Tilt ofOtherSteps() {
      return new Tilt(aim, ladder, gradient, strength);
    }

    @Override
    public String word() {
      return "tilt";
    }

    @Override
    public Guidance of(Objective objective, Double beta) {
      return new Guidance.Tilt(beta, objective, strength);
    }
  }

  /**
   * Particles that follow the tilt and are weighted for what it gets wrong, with the gradient
   * through the prior's network, as their weights are those of the whole gradient.
   *
   * @param aim how strong the tilt is
   * @param particles how many, those of all clouds together
   * @param clouds independent ones that share them out, with two or more each; their spread gives
   *     the errors
   * @param strength its factor along the run
   */
  record Twisted(
      AimSpec aim, @JsonProperty(required = true) int particles, int clouds, Strength strength)
      implements GuidanceSpec {
    public Twisted {
      // Runs of a release that knew of none name none.
      clouds = clouds == 0 ? 1 : clouds;
      Objects.requireNonNull(aim, "aim");
      Objects.requireNonNull(strength, "strength");
      Bounds.within("particles", particles, 2, Bounds.MAX_PARTICLES);
      Bounds.requireClouds(clouds, particles);
    }

    /** In as many clouds as is usual. */
    public Twisted(AimSpec aim, int particles, Strength strength) {
      this(aim, particles, TwistedClouds.usual(particles), strength);
    }

    @Override
    public String word() {
      return "twisted";
    }

    @Override
    public ScoreGradient gradient() {
      return new ScoreGradient.ThroughPrior();
    }

    @Override
    public Guidance of(Objective objective, Double beta) {
      return new Guidance.Tilt(beta, objective, strength);
    }

    @Override
    public String approximation() {
      return TwistedRun.WEIGHTED;
    }
  }

  /**
   * The published heuristic, which is no tilt.
   *
   * @param scale factor of the gradient, finite
   * @param gradient how the score's gradient is had
   * @param strength its factor along the run
   * @param pool unguided paths that tell how far it is from the tilt of the same mean; null for
   *     none
   */
  record Constant(
      @JsonProperty(required = true) double scale,
      ScoreGradient gradient,
      Strength strength,
      PoolChoice pool)
      implements GuidanceSpec {
    /** Without a pool. */
    public Constant(double scale, ScoreGradient gradient, Strength strength) {
      this(scale, gradient, strength, null);
    }

    public Constant {
      Objects.requireNonNull(strength, "strength");
      requireBounded(gradient);
      if (!Double.isFinite(scale)) {
        throw new SpecException("illegal {scale}: %s, must be a finite number", scale);
      }
    }

    @Override
    public Constant ofOtherSteps() {
      return new Constant(scale, gradient, strength);
    }

    @Override
    public String word() {
      return "constant";
    }

    @Override
    public AimSpec aim() {
      return null;
    }

    @Override
    public Guidance of(Objective objective, Double beta) {
      return new Guidance.Constant(scale, objective, strength);
    }
  }

  /** Samples that are weighed and moved by all of the tilt; only moves may follow the gradient. */
  sealed interface Unguided extends GuidanceSpec {
    @Override
    default Strength strength() {
      return Strength.FULL;
    }

    @Override
    default ScoreGradient gradient() {
      return new ScoreGradient.ThroughPrior();
    }

    @Override
    default Guidance of(Objective objective, Double beta) {
      return new Guidance.Tilt(beta, objective, Strength.FULL);
    }
  }

  /**
   * Samples of the tilt itself: a pool's paths by weight, annealed and moved where these are too
   * few; see {@link Annealing}.
   *
   * @param aim how strong the tilt is; a target needs no pilots
   * @param pool the unguided paths that it starts from
   * @param particles how many on each island, at least 2; of all together where nobody says how
   *     many islands; null for as many as the images where the pool is believed, else at least
   *     {@value #USUAL_PARTICLES} on one island and {@value #USUAL_ON_ISLAND} on each of several
   * @param islands independent runs from equal parts of the pool, whose spread is in the errors;
   *     null for one where the pool is believed or has no path as far as the mean wanted, else for
   *     {@value #USUAL_ISLANDS}, as far as particles and pool allow
   * @param ess share of the particles that a rung leaves effective, in (0, 1)
   * @param moves of each particle at a rung
   * @param guided beta of guided branches as a share of the rung's; 0 for none
   */
  record Exact(
      AimSpec aim,
      PoolChoice pool,
      Integer particles,
      Integer islands,
      @JsonProperty(required = true) double ess,
      @JsonProperty(required = true) int moves,
      double guided)
      implements Unguided {
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

    public Exact {
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
    public static Exact usual(AimSpec aim, PoolChoice pool) {
      Annealing.Settings usual = Annealing.Settings.usual(2);
      return new Exact(aim, pool, null, null, usual.ess(), usual.moves(), usual.guided());
    }

    /** The same from a pool that is drawn for it. */
    public Exact withNewPool() {
      PoolChoice drawn = new PoolChoice.Drawn(PoolChoice.USUAL_COUNT, PoolSpec.USUAL_SEED);
      return withPool(pool instanceof PoolChoice.Drawn ? pool : drawn);
    }

    @Override
    public Exact ofOtherSteps() {
      return withNewPool();
    }

    /** The same from another pool. */
    Exact withPool(PoolChoice other) {
      return new Exact(aim, other, particles, islands, ess, moves, guided);
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

  /**
   * Images of a corpus by the weights of its own tilt, moved to new ones; see {@link Renoising}.
   *
   * @param aim how strong the tilt is; a target needs no pilots
   * @param images the corpus: a path, or {@code embedded:PATH}
   * @param framing how its images become squares, of the size that the prior draws
   * @param limit how many of its first images to take, at least 1
   * @param moves of each image
   */
  record Renoised(
      AimSpec aim,
      String images,
      Framing framing,
      @JsonProperty(required = true) int limit,
      @JsonProperty(required = true) int moves)
      implements Unguided {
    private static final int MOST_MOVES = 10_000;

    public Renoised {
      Objects.requireNonNull(aim, "aim");
      Objects.requireNonNull(framing, "framing");
      if (images == null) {
        throw new SpecException(
            "{from} corpus needs {images}, a folder, zip or IDX file, or a {bundle}");
      }
      if (aim instanceof AimSpec.Wanted wanted && wanted.pilots() != null) {
        throw new SpecException(
            "{guidance} exact finds the beta of a target by itself: give no {pilots}");
      }
      if (limit < 1) {
        throw new SpecException("illegal {limit}: %s, must be at least 1", limit);
      }
      Bounds.within("moves", moves, 1, MOST_MOVES);
    }

    @Override
    public String word() {
      return "renoised";
    }

    @Override
    public String approximation() {
      return "images of the corpus by the weights of its own tilt, moved by re-noising: samples of"
          + " the tilt as far as the prior's reverse chain is the posterior of its forward one;"
          + " how far the same moves drift without a tilt is measured";
    }
  }

  private static void requireBounded(ScoreGradient gradient) {
    Objects.requireNonNull(gradient, "gradient");
    if (gradient instanceof ScoreGradient.Smoothed smoothed) {
      Bounds.within("smoothing", smoothed.draws(), 1, MAX_SMOOTHING);
    }
  }
}
