package org.tiltlens.unet;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prediction;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.golden.Goldens;
import org.tiltlens.golden.LatentGoldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** A {@code UNet2DModel} folder and the steps of its scheduler, against diffusers. */
@Tag("golden")
class DiffusersDdpmTest {
  private static final String FILE = "diffusers_ddpm_io.safetensors";

  private static DiffusersPrior folder(TensorStore reference) {
    Path folder = LatentGoldens.file(LatentGoldens.say(reference, "folder"));
    return DiffusersPrior.in(folder).orElseThrow();
  }

  @Test
  void outputAndInputGradientEqualTheReference() {
    try (TensorStore reference = LatentGoldens.open(FILE);
        Denoiser network = folder(reference).load(Device.CPU);
        Scope scope = Scope.open()) {
      Tensor input = Autograd.leaf(reference.load("input"));
      double[] timesteps = Tensors.toDoubles(reference.load("timesteps"));
      Tensor output = network.forward(input, timesteps, null);
      Goldens.assertClose(output, reference.load("output"), Goldens.TOLERANCE, "output");
      Tensor gradient = Autograd.gradient(output.mul(reference.load("probe.weight")).sum(), input);
      Goldens.assertClose(gradient, reference.load("input_grad"), Goldens.LOOSE, "input_grad");
    }
  }

  @Test
  void stepsEqualTheReference() {
    try (TensorStore reference = LatentGoldens.open(FILE);
        Scope scope = Scope.open()) {
      DiffusersPrior folder = folder(reference);
      DiffusersSchedule trained = folder.schedule().orElseThrow();
      NoiseSchedule schedule = NoiseSchedule.named(trained.name(), trained.steps());
      DiffusionPrior.Options options = folder.options(Map.of());
      Tensor input = reference.load("input");
      try (Prior prior =
          new DiffusionPrior(
              new Said(reference.load("output"), input.size(1)), schedule, options)) {
        int[] steps =
            Arrays.stream(LatentGoldens.say(reference, "step_indices").split(","))
                .mapToInt(Integer::parseInt)
                .toArray();
        for (int t : steps) {
          String name = "step." + t + ".";
          Prediction prediction = prior.predict(input, t);
          Tensor expected = reference.load(name + "pred_original_sample");
          Goldens.assertClose(prediction.x0Hat(), expected, Goldens.TOLERANCE, name + "x0");
          boolean noisy = reference.entries().containsKey(name + "noise");
          Tensor noise = noisy ? reference.load(name + "noise") : input;
          Tensor next = new AncestralStep().step(schedule, prediction, input, t, noise);
          Goldens.assertClose(
              next, reference.load(name + "prev_sample"), Goldens.TOLERANCE, name + "next");
        }
      }
    }
  }

  /** A network that says what another said. */
  private record Said(Tensor output, long channels) implements Denoiser {
    @Override
    public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
      return output.clone();
    }

    @Override
    public long[] imageShape() {
      return new long[] {channels, output.size(2), output.size(3)};
    }

    @Override
    public boolean learnsVariance() {
      return output.size(1) == 2 * channels;
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
}
