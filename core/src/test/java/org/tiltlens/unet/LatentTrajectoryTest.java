package org.tiltlens.unet;

import java.util.Arrays;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.ClassifierFree;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.Told;
import org.tiltlens.diffusion.VarianceType;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Whole runs of latent diffusion, from noise to images, against CompVis' sampler. */
@Tag("golden")
class LatentTrajectoryTest {
  private static final String FILE = "ldm_ddim_trajectory.safetensors";

  static String[] etas() {
    try (TensorStore run = LatentGoldens.open(FILE)) {
      return LatentGoldens.say(run, "etas").split(",");
    }
  }

  @ParameterizedTest
  @MethodSource("etas")
  void ddimWithGuidanceEqualsTheReference(String eta) {
    try (TensorStore run = LatentGoldens.open(FILE);
        TensorStore unet = LatentGoldens.open(LatentGoldens.say(run, "unet"));
        TensorStore vae = LatentGoldens.open(LatentGoldens.say(run, "vae"));
        AutoencoderKl autoencoder =
            AutoencoderKl.load(vae, LatentGoldens.integer(vae, "norm_num_groups"), Device.CPU);
        ConditionalUnet network = ConditionalUnet.load(unet, unet.metadata(), Device.CPU);
        Scope scope = Scope.open();
        Prior prior = prior(run, network)) {
      Tensor x = run.load("x_T");
      NoiseSchedule schedule = prior.schedule();
      DdimStep form = new DdimStep(Double.parseDouble(eta));
      String name = "eta_" + eta + ".";
      for (int step = 0; step < schedule.steps(); step++) {
        int t = schedule.steps() - 1 - step;
        Prediction prediction = prior.predict(x, t);
        close(prediction.x0Hat(), run.load(name + "x0_per_step").select(0, step), "x0 " + step);
        x = form.step(schedule, prediction, x, t, run.load("noise").select(0, step));
        close(x, run.load(name + "x_per_step").select(0, step), "x " + step);
      }
      close(x, run.load(name + "final"), "final");
      double factor = Double.parseDouble(LatentGoldens.say(vae, "scale_factor"));
      Tensor image = autoencoder.decode(Tensors.scale(x, 1 / factor));
      close(image, run.load(name + "decoded"), "decoded");
    }
  }

  private static Prior prior(TensorStore run, ConditionalUnet network) {
    // What CompVis calls linear, diffusers and we call scaled linear.
    String word =
        LatentGoldens.say(run, "beta_schedule").startsWith("linear") ? "scaled_linear" : "";
    String name =
        "%s:%s:%s"
            .formatted(
                word, LatentGoldens.say(run, "linear_start"), LatentGoldens.say(run, "linear_end"));
    int[] taken = LatentGoldens.integers(run, "timesteps");
    int[] ascending =
        IntStream.range(0, taken.length).map(i -> taken[taken.length - 1 - i]).toArray();
    NoiseSchedule schedule =
        NoiseSchedule.named(name, LatentGoldens.integer(run, "base_steps"))
            .endingNoisyAt(Arrays.copyOf(ascending, ascending.length));
    int side = (int) run.load("x_T").size(2);
    Denoiser guided =
        new ClassifierFree(
            new ContextDenoiser(network, run.load("context"), side),
            new ContextDenoiser(network, run.load("unconditional_context"), side),
            Double.parseDouble(LatentGoldens.say(run, "guidance_scale")));
    return new DiffusionPrior(
        guided,
        schedule,
        new DiffusionPrior.Options(
            VarianceType.FIXED_SMALL, false, Told.STEP, Optional.empty(), Predicts.EPSILON));
  }

  private static void close(Tensor actual, Tensor expected, String what) {
    Goldens.assertClose(actual, expected, Goldens.LOOSE, what);
  }
}
