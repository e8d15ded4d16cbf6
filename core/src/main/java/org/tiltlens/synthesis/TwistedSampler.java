package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.toDoubles;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.Score;
import org.tiltlens.tilting.Genealogy;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The twisted diffusion sampler: K particles that follow the plug-in tilt and are weighed for what
 * it gets wrong, so that as K grows they sample q_beta itself.
 *
 * <pre>
 * twist      psi_t(x_t)  = exp(beta_t s(x0_hat(x_t)))          psi(x_0) = exp(beta s(x_0))
 * proposal   x_{t-1}     ~ N(mu_t + beta_t Sigma_t g_t, Sigma_t)             g_t = grad s(x0_hat(x_t))
 * weight     w_{t-1}     = p(x_{t-1} | x_t) psi_{t-1}(x_{t-1}) / (proposal psi_t(x_t))     w_T = psi_T
 * log Z      = sum_t log sum_i W_i w_i           resampling, systematic, when ESS &lt; threshold K
 * </pre>
 *
 * <p>Source: Wu et al. 2023, "Practical and asymptotically exact conditional sampling in diffusion
 * models", algorithm 1. p is what ancestral sampling of the prior gives, its last step without
 * noise: there proposal and transition are the same point, and x_0 = mu_0 weighs psi(x_0) / psi_0.
 * Any beta_t is right as long as the last is beta: the tilt's {@link Strength} tempers it. Z is
 * estimated without bias, hence log Z too low by about half its squared standard error. Standard
 * errors of one cloud are those of its families alone, which know of no mode that none of them is
 * in: {@link TwistedClouds} draws several.
 *
 * <p>A pure function of (seed, K): draw 0 of particle i's noise is x_T, draw n that of the n-th
 * step; a particle that is resampled goes on with the noise of its new place. Between steps only
 * the cloud lives; a step takes a few tensors of its size and one group's graph per lane.
 *
 * @param prior the natural images p
 * @param score the unit's intrinsic score s
 * @param tilt beta, the objective that s goes through, and the course of beta_t
 * @param particles K, at least 2
 * @param threshold share of K below which the ESS makes particles resample, in [0, 1]; 0 for never
 * @param batching how the particles go through prior and score
 * @param source where noise comes from
 */
public record TwistedSampler(
    Prior prior,
    Score score,
    Guidance.Tilt tilt,
    int particles,
    double threshold,
    Batching batching,
    GuidedSampler.NoiseSource source) {

  /** Particles count from 0, so this stream is nobody's. */
  private static final long RESAMPLING_STREAM = -1;

  public TwistedSampler {
    if (particles < 2) {
      throw new IllegalArgumentException(
          "a twisted sampler of " + particles + " particles, must be at least 2");
    }
    if (!(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          "resampling threshold " + threshold + ", must be a share of the particles in [0, 1]");
    }
  }

  /** Resampling at half of the particles, with the noise that is named by its numbers alone. */
  public TwistedSampler(
      Prior prior, Score score, Guidance.Tilt tilt, int particles, Batching batching) {
    this(prior, score, tilt, particles, 0.5, batching, Noise::normal);
  }

  /** The same with another number of particles. */
  TwistedSampler of(int many) {
    return new TwistedSampler(prior, score, tilt, many, threshold, batching, source);
  }

  /** From noise to weighted images; the caller closes the result. */
  public TwistedSamples run(long seed) {
    ParticleCloud cloud = start(seed);
    while (!isDone(cloud)) {
      cloud = advance(cloud);
    }
    return finish(cloud);
  }

  /** The particles as pure noise, before the first step; the caller closes the result. */
  public ParticleCloud start(long seed) {
    try (Scope scope = Scope.open()) {
      return new ParticleCloud(
          seed,
          0,
          Scope.keepForever(noise(seed, 0)),
          LogWeights.uniform(particles),
          Collections.nCopies(particles, 0.0),
          IntStream.range(0, particles).boxed().toList(),
          0,
          List.of(),
          List.of());
    }
  }

  /** Whether the images are clean, and only {@link #finish} is left. */
  public boolean isDone(ParticleCloud cloud) {
    return cloud.step() == prior.schedule().steps();
  }

  /**
   * Weighs the particles where they stand, resamples if need be, and moves them; closes what it was
   * given.
   *
   * @throws NotFiniteException if a number became NaN or infinite
   */
  public ParticleCloud advance(ParticleCloud now) {
    try (now;
        Scope scope = Scope.open()) {
      TwistedProposal proposal = proposal(now);
      ParticleCloud weighed = now.weighed(proposal.logTwist());
      if (weighed.weights().ess() < threshold * particles) {
        double u = Noise.uniform(now.seed(), RESAMPLING_STREAM, now.step(), 1).item_double();
        int[] parents = weighed.weights().systematic(u);
        weighed = weighed.resampled(parents);
        proposal = proposal.of(parents, prior.device());
      }
      Tensor z = noise(now.seed(), now.step() + 1);
      Tensor next = proposal.draw(z);
      if (!Tensors.allFinite(next)) {
        throw new NotFiniteException("guidance moves pixels beyond all numbers: lower `beta`");
      }
      double[] logWeights = proposal.logWeights(z);
      return weighed.moved(Scope.keepForever(next), logWeights);
    } catch (NotFiniteException e) {
      throw e.at("step t = " + (prior.schedule().steps() - 1 - now.step()));
    }
  }

  private TwistedProposal proposal(ParticleCloud now) {
    int steps = prior.schedule().steps();
    double progress = (double) now.step() / steps;
    double beta = tilt.beta() * tilt.strength().at(progress);
    Score scoreNow = score.at(progress);
    int t = steps - 1 - now.step();
    // Also of the groups that are done when another fails.
    Queue<TwistedProposal> kept = new ConcurrentLinkedQueue<>();
    try {
      return TwistedProposal.joined(
          batching.map(
              particles,
              (first, count) -> {
                try (Scope scope = Scope.open()) {
                  Tensor xt = now.x().narrow(0, first, count);
                  // A copy goes on in the class that its first ancestor began with.
                  List<Integer> eves = now.eves().subList(first, first + count);
                  Prior own = prior.along(() -> noise(now.seed(), eves, 0));
                  TwistedProposal part =
                      TwistedProposal.at(own, scoreNow, tilt.objective(), xt, t, beta).kept();
                  kept.add(part);
                  return part;
                }
              }));
    } finally {
      kept.forEach(TwistedProposal::release);
    }
  }

  /**
   * Weighs the clean images by {@code exp(beta s)}; takes over what it was given, and closes it if
   * it fails.
   */
  public TwistedSamples finish(ParticleCloud clean) {
    try {
      return weighed(clean);
    } catch (RuntimeException | Error e) {
      clean.close();
      throw e;
    }
  }

  private TwistedSamples weighed(ParticleCloud clean) {
    double[] scores =
        batching.map(particles, (first, count) -> scores(clean.x(), first, count)).stream()
            .flatMapToDouble(Arrays::stream)
            .toArray();
    double[] energies = tilt.objective().of(scores);
    ParticleCloud weighed =
        clean.weighed(Arrays.stream(energies).map(energy -> tilt.beta() * energy).toArray());
    int[] eves = weighed.eves().stream().mapToInt(Integer::intValue).toArray();
    return new TwistedSamples(
        weighed.x(),
        weighed.weights(),
        Arrays.stream(scores).boxed().toList(),
        Genealogy.estimate(weighed.weights(), eves, energies, tilt.beta(), weighed.logZ()),
        weighed.ess(),
        weighed.resampled(),
        weighed.eves(),
        Collections.nCopies(particles, 0));
  }

  private double[] scores(Tensor clean, int first, int count) {
    try (Scope scope = Scope.open()) {
      return toDoubles(score.at(1).finite(prior.decode(clean.narrow(0, first, count))));
    }
  }

  /** One row per particle, (K, C, H, W). */
  private Tensor noise(long seed, int draw) {
    return noise(seed, IntStream.range(0, particles).boxed().toList(), draw);
  }

  private Tensor noise(long seed, List<Integer> of, int draw) {
    long[] image = prior.noiseShape();
    List<Tensor> rows =
        of.stream()
            .map(i -> source.normal(seed, i, draw, 1, image[0], image[1], image[2]))
            .toList();
    return prior.device().place(Tensors.cat(rows, 0));
  }
}
