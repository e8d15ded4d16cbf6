package org.tiltlens.annealing;

import static org.tiltlens.torch.Tensors.allFinite;
import static org.tiltlens.torch.Tensors.float64;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.sum;
import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Draws paths of a prior, and others in their place.
 *
 * <p>Path i of a seed ends in image i of the unguided sampler.
 *
 * @param prior the natural images p
 * @param form the prior's own step
 * @param score s of an image; guided branches climb it
 * @param objective that the score goes through
 * @param levels steps after which paths are remembered, to be branched there: ascending, from 1 to
 *     steps - 1; none for a form without noise of its own
 * @param source where noise comes from
 */
public record PathSampler(
    Prior prior,
    ReverseStep form,
    Score score,
    Objective objective,
    List<Integer> levels,
    GuidedSampler.NoiseSource source) {
  /** Which draw of a proposal's stream its noise is. */
  private static final int PROPOSAL_DRAW = 0;

  /** Evaluations of a step through the prior's network and back. */
  private static final int GUIDED_COST = 3;

  public PathSampler {
    levels = List.copyOf(levels);
    int steps = prior.schedule().steps();
    for (int i = 0; i < levels.size(); i++) {
      int level = levels.get(i);
      if (level < 1 || level >= steps || (i > 0 && level <= levels.get(i - 1))) {
        throw new IllegalArgumentException(
            "levels " + levels + ": expected ascending numbers of steps from 1 to " + (steps - 1));
      }
    }
    if (!form.isNoisy() && !levels.isEmpty()) {
      throw new IllegalArgumentException(
          form + " draws no noise, so its paths cannot be branched: give no levels");
    }
  }

  /** With branches at every tenth of the way, where the form has noise to branch by. */
  public static PathSampler of(Prior prior, ReverseStep form, Score score, Objective objective) {
    int steps = prior.schedule().steps();
    List<Integer> levels =
        form.isNoisy()
            ? IntStream.range(1, 10)
                .map(tenth -> Math.round(tenth * steps / 10f))
                .filter(level -> level >= 1 && level < steps)
                .distinct()
                .boxed()
                .toList()
            : List.of();
    return new PathSampler(prior, form, score, objective, levels, Noise::normal);
  }

  /**
   * Paths of the prior.
   *
   * @param samples which of the seed's
   * @return the caller closes them
   */
  public Paths draw(long seed, int... samples) {
    try (Scope scope = Scope.open()) {
      Tensor noise =
          Tensors.cat(
              Arrays.stream(samples)
                  .mapToObj(
                      sample ->
                          Tensors.stack(
                                  IntStream.range(0, draws())
                                      .mapToObj(draw -> source.normal(seed, sample, draw, image()))
                                      .toList())
                              .unsqueeze(0))
                  .toList(),
              0);
      return walked(prior.device().place(noise));
    }
  }

  /** s of each path's image. */
  double[] scores(Paths drawn) {
    return scores(drawn.x());
  }

  /** s of the image of each end of a path. */
  double[] scores(Tensor ends) {
    try (Scope scope = Scope.open()) {
      return toDoubles(score.at(1).finite(prior.decode(ends)));
    }
  }

  /**
   * What paths of such images end in: their latents, where the prior is of those.
   *
   * @param images (N, C, H, W)
   */
  public Tensor ends(Tensor images) {
    if (!prior.isLatent()) {
      return images;
    }
    return Scope.of(
        () ->
            Tensors.cat(
                LongStream.range(0, images.size(0))
                    .mapToObj(i -> Scope.of(() -> prior.encode(images.narrow(0, i, 1))))
                    .map(Device.CPU::place)
                    .toList(),
                0));
  }

  /**
   * Ends of paths in the place of others: noise is added to these as the forward chain adds it, and
   * the last steps take it away again.
   *
   * <pre>
   *   x_t = sqrt(abar_t) x_0 + sqrt(1 - abar_t) eps       t the step after those that are kept
   * </pre>
   *
   * @param images (N, C, H, W), ends of paths
   * @param kept steps that are not taken again
   * @param streams of the noise, one an image
   */
  Tensor renoised(Tensor images, int kept, long seed, long... streams) {
    prior.requireNoMixture("re-noising");
    try (Scope scope = Scope.open()) {
      Tensor noise = fresh(seed, draws(), streams);
      int t = prior.schedule().steps() - 1 - kept;
      Tensor from = prior.schedule().diffuse(images, noise.select(1, kept), t);
      return scope.keep(unguided(from, kept, noise).x);
    }
  }

  /** The paths that some noise makes; the caller closes them. */
  Paths walked(Tensor noise) {
    Way way = unguided(noise.select(1, 0), 0, noise);
    return Paths.kept(noise, states(way.states, noise), way.x);
  }

  /**
   * What a move puts in the place of each path.
   *
   * @param logRatio per path, {@code log p(x') P(x' -> x) / (p(x) P(x -> x'))}: 0 for moves that
   *     keep the prior
   * @param evaluations of the prior's network that it took, a way back counted as two
   */
  record Proposal(Paths paths, double[] logRatio, long evaluations) {}

  /**
   * Proposes a path in the place of each of some.
   *
   * @param streams of the noise, one a path
   */
  Proposal propose(Paths now, PathMove move, long seed, long... streams) {
    try (Scope scope = Scope.open()) {
      if (move instanceof PathMove.NoiseWalk walk) {
        Tensor fresh = fresh(seed, draws(), streams);
        double kept = Math.sqrt((1 - walk.size()) * (1 + walk.size()));
        Tensor noise = scale(now.noise(), kept).add(scale(fresh, walk.size()));
        return new Proposal(walked(noise), new double[streams.length], cost(streams.length, 0, 1));
      }
      int level = levels.indexOf(move.kept());
      if (level < 0) {
        throw new IllegalArgumentException(
            "a branch after " + move.kept() + " steps: paths are remembered after " + levels);
      }
      Tensor fresh = fresh(seed, draws() - 1 - move.kept(), streams);
      Tensor noise = Tensors.cat(List.of(now.noise().narrow(1, 0, move.kept() + 1), fresh), 1);
      Tensor from = now.states().select(1, level);
      Way way;
      int each = 1;
      if (move instanceof PathMove.GuidedBranch guided) {
        way = guided(from, guided.kept(), noise, guided.beta(), true);
        double[] back = guided(from, guided.kept(), now.noise(), guided.beta(), false).logRatio;
        for (int i = 0; i < back.length; i++) {
          way.logRatio[i] -= back[i];
        }
        each = 2 * GUIDED_COST;
      } else {
        way = unguided(from, move.kept(), noise);
      }
      Tensor states =
          Tensors.cat(List.of(now.states().narrow(1, 0, level), states(way.states, noise)), 1);
      return new Proposal(
          Paths.kept(way.noise, states, way.x),
          way.logRatio,
          cost(streams.length, move.kept(), each));
    }
  }

  private long cost(int paths, int kept, int each) {
    return (long) paths * form.evaluations(prior.schedule().steps() - kept) * each;
  }

  /** (N, n, C, H, W). */
  private Tensor fresh(long seed, int draws, long... streams) {
    long[] image = image();
    return prior
        .device()
        .place(
            Tensors.stack(
                LongStream.of(streams)
                    .mapToObj(
                        stream ->
                            source.normal(
                                seed, stream, PROPOSAL_DRAW, draws, image[0], image[1], image[2]))
                    .toList()));
  }

  /**
   * The rest of some paths.
   *
   * @param noise all of it, with what guidance moved it by
   * @param states at the levels passed, from the one it began at
   * @param logRatio per path, {@code log p(stretch) - log guided(stretch)}
   */
  private record Way(Tensor noise, List<Tensor> states, Tensor x, double[] logRatio) {}

  private Way unguided(Tensor from, int kept, Tensor noise) {
    List<Tensor> states = new ArrayList<>();
    Tensor x = from;
    Tensor before = null;
    Prior own = along(noise);
    for (int step = kept; step < prior.schedule().steps(); step++) {
      if (levels.contains(step)) {
        states.add(x);
      }
      try (Scope scope = Scope.open()) {
        int t = prior.schedule().steps() - 1 - step;
        Prediction natural = own.predict(x, t);
        Tensor z = form.isNoisy() ? noise.select(1, step + 1) : x;
        Tensor next = form.step(prior.schedule(), natural, before, own::predict, x, t, z);
        if (!allFinite(next)) {
          throw NotFiniteException.of("the prior", x).at("step t = " + t);
        }
        x = scope.keep(next);
        before = form.readsBefore() ? scope.keep(natural.x0Hat()) : null;
      }
    }
    return new Way(noise, states, x, new double[Math.toIntExact(from.size(0))]);
  }

  /**
   * Plug-in tilt guidance in the path's own numbers: {@code u = z + d}, {@code d = beta sigma_t
   * g_t}, so that {@code log p - log guided = sum |z|^2 / 2 - |u|^2 / 2}.
   *
   * @param drawn whether the noise is z, to be moved; else it is u, and only the ratio is wanted
   */
  private Way guided(Tensor from, int kept, Tensor noise, double beta, boolean drawn) {
    if (!(form instanceof AncestralStep)) {
      throw new IllegalArgumentException("guided branches need ancestral steps, not " + form);
    }
    int steps = prior.schedule().steps();
    Tensor moved = noise.clone();
    Prior own = along(noise);
    List<Tensor> states = new ArrayList<>();
    double[] logRatio = new double[Math.toIntExact(from.size(0))];
    Tensor x = from;
    for (int step = kept; step < steps; step++) {
      if (levels.contains(step)) {
        states.add(x);
      }
      try (Scope scope = Scope.open()) {
        int t = steps - 1 - step;
        if (t == 0) {
          x = scope.keep(own.predict(x, t).mean());
          break;
        }
        ScoreGradient.Result result =
            new ScoreGradient.ThroughPrior()
                .of(
                    new ScoreGradient.Point(own, score.at((double) step / steps), objective, x, t),
                    beta,
                    draws -> null);
        Prediction natural = result.natural();
        Tensor d = scale(natural.variance().sqrt().mul(result.gradient()), beta);
        Tensor given = moved.select(1, step + 1);
        Tensor z = drawn ? given.clone() : given.sub(d);
        Tensor u = drawn ? given.add(d) : given;
        double[] ratio = toDoubles(sum(float64(z).square().sub(float64(u).square()), 1, 2, 3));
        Arrays.setAll(logRatio, i -> logRatio[i] + ratio[i] / 2);
        Tensor next = natural.mean().add(natural.variance().sqrt().mul(u));
        if (!allFinite(next)) {
          throw new NotFiniteException("guidance moves pixels beyond all numbers: lower beta")
              .at("step t = " + t);
        }
        given.copy_(u);
        x = scope.keep(next);
      }
    }
    return new Way(moved, states, x, logRatio);
  }

  /** Moves change all of a path's noise or what comes after x_T, so its class goes with it. */
  private Prior along(Tensor noise) {
    return prior.along(() -> noise.select(1, 0));
  }

  /** (N, L, C, H, W), of the noise's kind also where there is none. */
  private static Tensor states(List<Tensor> states, Tensor noise) {
    return states.isEmpty() ? noise.narrow(1, 0, 0).clone() : Tensors.stack(states).transpose(0, 1);
  }

  /** x_T, and one a step where a step draws some. */
  private int draws() {
    return form.isNoisy() ? prior.schedule().steps() + 1 : 1;
  }

  private long[] image() {
    return prior.noiseShape();
  }
}
