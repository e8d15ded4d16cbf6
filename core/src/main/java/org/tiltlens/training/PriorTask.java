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
import org.tiltlens.unet.AdmUnet;

/** The diffusion loss of an ADM UNet, of images or of their latents, at uniformly drawn times. */
final class PriorTask implements TrainingTask {
  private final PriorSettings settings;
  private final Optional<PriorLatents> latents;
  private final long seed;
  private final Device device;
  private final Batches batches;
  private final DiffusionLoss loss;
  private final Map<String, List<Long>> shapes;

  PriorTask(
      PriorSettings settings,
      Optional<PriorLatents> latents,
      LabelledImages images,
      TrainingRun run) {
    this.settings = settings;
    this.latents = latents;
    seed = run.settings().seed();
    device = run.device();
    Augmentation flip = new Augmentation(settings.flip(), 0);
    batches =
        latents
            .map(own -> new LatentCache(images, own, device, together(run)))
            .map(cache -> new Batches(images, source(cache, flip), run.settings(), device))
            .orElseGet(() -> new Batches(images, flip, run.settings(), device));
    loss = new DiffusionLoss(settings.schedule(), settings.prediction(), settings.minSnrGamma());
    shapes = AdmUnet.shapes(settings.network());
  }

  @Override
  public Map<String, String> describe() {
    Map<String, String> described = new LinkedHashMap<>(settings.options());
    described.put("min-SNR gamma", Double.toString(settings.minSnrGamma()));
    described.put("flip", Boolean.toString(settings.flip()));
    latents.ifPresent(own -> described.put("latents", own.describe()));
    return described;
  }

  @Override
  public Map<String, List<Long>> shapes() {
    return shapes;
  }

  /**
   * As in guided-diffusion: layers of PyTorch's default, uniform within {@code 1 / sqrt(fan-in)},
   * norms the identity, and zeros where a residual branch or the network ends.
   */
  @Override
  public Tensor initial(String name) {
    List<Long> shape = shapes.get(name);
    Initialisation first = new Initialisation(seed);
    if (name.matches(".*\\.out_layers\\.3\\..*|.*\\.proj_out\\..*|out\\.2\\..*")) {
      return Initialisation.constant(shape, 0);
    }
    if (name.startsWith("label_emb")) {
      return first.normal(name, shape, 1);
    }
    List<Long> weight = shapes.get(name.replaceFirst("bias$", "weight"));
    if (weight.size() == 1) {
      return Initialisation.constant(shape, name.endsWith("bias") ? 0 : 1);
    }
    return first.uniform(name, shape, 1 / Math.sqrt(Initialisation.fanIn(weight)));
  }

  @Override
  public Tensor loss(Weights weights, long step) {
    return Scope.of(
        () -> {
          Batches.Batch batch = batches.at(step);
          return Tensors.mean(losses(weights, batch.images(), batch.labels(), step), 0);
        });
  }

  /** On the processor a training that goes on is to have the bits of one that never stopped. */
  private static int together(TrainingRun run) {
    return run.device().isCpu() ? 1 : run.settings().batch();
  }

  private static Batches.Source source(LatentCache cache, Augmentation flip) {
    return (indices, draws) -> cache.of(indices, i -> flip.mirrors(draws, i * Augmentation.DRAWS));
  }

  /** The loss of each image at the times and with the noise of a step. */
  Tensor sampleLosses(Weights weights, Tensor images, List<Integer> labels, long step) {
    return losses(weights, latents.map(own -> own.encode(images)).orElse(images), labels, step);
  }

  /** The same of what the network is a prior of: images, or their latents. */
  private Tensor losses(Weights weights, Tensor x0, List<Integer> labels, long step) {
    AdmUnet unet = new AdmUnet(settings.network(), weights, device);
    Tensor noise = Noise.normal(seed, RandomStream.NOISE, step, Tensors.shape(x0));
    return loss.of(
        unet,
        x0,
        times(step, x0.size(0)),
        device.place(noise),
        settings.network().numClasses() > 0
            ? labels.stream().mapToInt(Integer::intValue).toArray()
            : null);
  }

  private int[] times(long step, long n) {
    float[] draws = Tensors.toFloats(Noise.uniform(seed, RandomStream.TIME, step, n));
    int steps = settings.diffusionSteps();
    int[] times = new int[draws.length];
    for (int i = 0; i < times.length; i++) {
      times[i] = Math.min(steps - 1, (int) (draws[i] * steps));
    }
    return times;
  }
}
