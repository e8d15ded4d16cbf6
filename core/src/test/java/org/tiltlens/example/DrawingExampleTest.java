package org.tiltlens.example;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.OptionalInt;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.tiltlens.annealing.AnnealedSamples;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Goal;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.Pool;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Score;
import org.tiltlens.golden.Goldens;
import org.tiltlens.synthesis.FourierAscent;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Retrieval;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.synthesis.TwistedSamples;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;

/** The examples of priors, scores and samplers. */
class DrawingExampleTest {
  private static final int SIDE = 4;
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000).respaced("250");

  private Scope scope;

  @BeforeEach
  void open() {
    scope = Scope.open();
  }

  @AfterEach
  void close() {
    scope.close();
  }

  // tag::own-prior
  /** A network that predicts v = sqrt(abar) epsilon - sqrt(1 - abar) x_0, as a prior needs it. */
  record VelocityNetwork(Velocity network, NoiseSchedule trained, long... imageShape)
      implements Denoiser {
    interface Velocity {
      Tensor of(Tensor x, double[] timesteps);
    }

    @Override
    public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
      float[] signal = new float[timesteps.length];
      float[] noise = new float[timesteps.length];
      for (int i = 0; i < timesteps.length; i++) {
        double abar = trained.alphaCumprod((int) timesteps[i]);
        signal[i] = (float) Math.sqrt(abar);
        noise[i] = (float) Math.sqrt(1 - abar);
      }
      Tensor v = network.of(x, timesteps);
      return v.mul(Tensors.floats(signal, signal.length, 1, 1, 1))
          .add(x.mul(Tensors.floats(noise, noise.length, 1, 1, 1))); // epsilon
    }

    @Override
    public boolean learnsVariance() {
      return false;
    }

    @Override
    public int classes() {
      return 0;
    }

    @Override
    public Device device() {
      return Device.CPU;
    }

    @Override
    public void close() {}
  }

  // end::own-prior

  /** Standard normal pixels: for them v is 0. */
  private static Prior normal() {
    Denoiser denoiser =
        new VelocityNetwork(
            (x, t) -> Tensors.scale(x, 0), NoiseSchedule.linear(1000), 3, SIDE, SIDE);
    // tag::own-prior-opened
    DiffusionPrior.Options options =
        new DiffusionPrior.Options(VarianceType.FIXED_SMALL, false, false, OptionalInt.empty());
    Prior prior = new DiffusionPrior(denoiser, SCHEDULE, options); // owns the network
    // end::own-prior-opened
    return prior;
  }

  @Test
  void ownScore() {
    double reached;
    // tag::own-score
    Score brightness = images -> Tensors.mean(images, 1, 2, 3); // (N, 3, H, W) -> (N)
    // end::own-score
    try (Prior prior = normal()) {
      Score score = brightness;
      double beta = 2 * 3 * SIDE * SIDE;
      Guidance tilt = new Guidance.Tilt(beta, new Objective.Maximize(), Strength.FULL);
      try (Trajectory trajectory =
          new GuidedSampler(prior, score, tilt, new AncestralStep()).run(45, 0)) {
        reached = Tensors.toDoubles(score.of(trajectory.x()))[0];
      }
    }
    // q_beta is normal too, of mean 2 and standard deviation 0.14.
    assertThat(reached).isCloseTo(2, within(0.7));
  }

  @Test
  void diffusion() {
    try (Prior normal = normal()) {
      Prior prior = normal;
      // tag::diffusion
      UnguidedSampler sampler = new UnguidedSampler(prior, new AncestralStep());
      Tensor image = sampler.sample(45, 0); // sample 0 of seed 45, (1, 3, H, W)
      // end::diffusion
      assertThat(Tensors.shape(image)).containsExactly(1, 3, SIDE, SIDE);
    }
  }

  @Test
  void unet() {
    // tag::unet
    try (TensorStore store = Checkpoints.open(Goldens.file("adm_unet.safetensors"))) {
      AdmUnetConfig config = AdmUnetConfig.fromOptions(store.metadata());
      AdmUnet network = AdmUnet.load(store, config, Device.CPU);
      DiffusionPrior.Options options = AdmCheckpoint.options(config, store.metadata());
      NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("250");
      try (Prior prior = new DiffusionPrior(network, schedule, options)) { // closes the network
        System.out.println(Tensors.describe(prior.imageShape()));
      }
    }
    // end::unet
  }

  @Test
  void synthesis() {
    Score score = images -> Tensors.mean(images, 1, 2, 3);
    try (Prior prior = normal()) {
      // tag::synthesis
      Guidance.Tilt tilt = new Guidance.Tilt(3.2, new Objective.Maximize(), Strength.FULL);
      GuidedSampler sampler = new GuidedSampler(prior, score, tilt, new AncestralStep());
      try (Trajectory trajectory = sampler.run(45, 0)) { // sample 0 of seed 45
        Tensor image = trajectory.x(); // (1, 3, H, W) in about [-1, 1]; the trajectory's
        System.out.println(score.of(image).item_double());
      }
      // end::synthesis
      Batching lanes = Batching.oneByOne(new Lanes(2, 1));
      // tag::synthesis-twisted
      TwistedSampler twisted = new TwistedSampler(prior, score, tilt, 64, lanes);
      try (TwistedSamples samples = twisted.run(45)) {
        Estimate kl = samples.estimate().kl();
        System.out.println(samples.meanScore() + " at a KL of " + kl);
      }
      // end::synthesis-twisted
    }
  }

  @Test
  void annealing() {
    Score score = images -> Tensors.mean(images, 1, 2, 3);
    Batching lanes = Batching.oneByOne(new Lanes(2, 1));
    try (Prior prior = normal()) {
      // tag::annealing
      PathSampler paths =
          PathSampler.of(prior, new AncestralStep(), score, new Objective.Maximize());
      Pool pool = Pool.drawn(paths, 45, 64, lanes); // serves any beta
      Annealing annealing =
          new Annealing(paths, new Goal.Beta(3.2), Annealing.Settings.usual(16), lanes);
      try (AnnealedSamples samples = annealing.run(45, pool)) {
        System.out.println(samples.estimate().kl() + ", of " + samples.ancestors() + " ancestors");
      }
      // end::annealing
    }
  }

  @Test
  void retrieval() {
    List<Double> scores = List.of(0.1, 0.2, 0.9, 1.4);
    // tag::synthesis-retrieval
    List<Integer> images = Retrieval.of(scores, 3.2).drawn(16, 45);
    // end::synthesis-retrieval
    assertThat(images).hasSize(16).contains(3);
  }

  @Test
  void ascent() {
    Score score = images -> Tensors.mean(images, 1, 2, 3);
    // tag::synthesis-ascent
    Tensor image = new FourierAscent(score, 32, 4).synthesize(45, 0); // sample 0 of seed 45
    // end::synthesis-ascent
    assertThat(Tensors.shape(image)).containsExactly(1, 3, 32, 32);
  }
}
