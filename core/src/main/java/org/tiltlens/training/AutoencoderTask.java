package org.tiltlens.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AutoencoderKl;

/** The loss of an autoencoder of latents, at one draw of each image's latent. */
final class AutoencoderTask implements TrainingTask {
  private final AutoencoderSettings settings;
  private final long seed;
  private final Device device;
  private final Batches batches;
  private final AutoencoderLoss loss;
  private final Map<String, List<Long>> shapes;

  AutoencoderTask(
      AutoencoderSettings settings,
      Optional<PerceptualLoss> perceptual,
      LabelledImages images,
      TrainingRun run) {
    this.settings = settings;
    seed = run.settings().seed();
    device = run.device();
    batches = new Batches(images, new Augmentation(settings.flip(), 0), run.settings(), device);
    loss = new AutoencoderLoss(settings.klWeight(), perceptual);
    shapes = AutoencoderKl.shapes(settings.network());
  }

  @Override
  public Map<String, String> describe() {
    Map<String, String> described = new LinkedHashMap<>();
    described.put("network", settings.network().toString());
    described.put("KL weight", Double.toString(settings.klWeight()));
    described.put("flip", Boolean.toString(settings.flip()));
    described.put(
        "perceptual loss", loss.perceptual().map(PerceptualLoss::describe).orElse("none"));
    return described;
  }

  @Override
  public Map<String, List<Long>> shapes() {
    return shapes;
  }

  /** PyTorch's default, as in latent diffusion: uniform within {@code 1 / sqrt(fan-in)}. */
  @Override
  public Tensor initial(String name) {
    List<Long> shape = shapes.get(name);
    List<Long> weight = shapes.get(name.replaceFirst("bias$", "weight"));
    if (weight.size() == 1) {
      return Initialisation.constant(shape, name.endsWith("bias") ? 0 : 1);
    }
    return new Initialisation(seed)
        .uniform(name, shape, 1 / Math.sqrt(Initialisation.fanIn(weight)));
  }

  @Override
  public Tensor loss(Weights weights, long step) {
    return Scope.of(
        () -> {
          Tensor images = batches.at(step).images();
          int by = settings.network().downsampling();
          Tensor noise =
              Noise.normal(
                  seed,
                  RandomStream.NOISE,
                  step,
                  images.size(0),
                  settings.network().latentChannels(),
                  images.size(2) / by,
                  images.size(3) / by);
          AutoencoderKl network = new AutoencoderKl(settings.network(), weights);
          return Tensors.mean(loss.of(network, images, device.place(noise)), 0);
        });
  }
}
