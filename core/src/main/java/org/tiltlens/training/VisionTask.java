package org.tiltlens.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ClassHead;
import org.tiltlens.vision.ConvNext;
import org.tiltlens.vision.Normalisation;

/** Cross-entropy of a linear head on a ConvNeXt's normed, pooled token. */
final class VisionTask implements TrainingTask {
  private static final double STD = 0.02;

  /** Images classified at the same time. */
  private static final int EVALUATED = 256;

  private final VisionSettings settings;
  private final long seed;
  private final int classes;
  private final Device device;
  private final Batches batches;
  private final Distortion distortion;
  private final LabelledImages heldOut;
  private final Map<String, List<Long>> shapes;

  /**
   * Of images to train on.
   *
   * @param heldOut others, by which {@link VisionSettings#stop} goes; not looked at without
   */
  VisionTask(
      VisionSettings settings, LabelledImages images, LabelledImages heldOut, TrainingRun run) {
    this.settings = settings;
    seed = run.settings().seed();
    classes = images.classes();
    device = run.device();
    batches = new Batches(images, settings.augmentation(), run.settings(), device);
    distortion = new Distortion(settings.regularisation(), seed, device);
    this.heldOut = heldOut;
    shapes = new LinkedHashMap<>(ConvNext.shapes(settings.network()));
    List<Integer> dims = settings.network().dims();
    shapes.put(ClassHead.WEIGHT, List.of((long) classes, (long) dims.get(dims.size() - 1)));
    shapes.put(ClassHead.BIAS, List.of((long) classes));
  }

  @Override
  public Map<String, String> describe() {
    Map<String, String> described = new LinkedHashMap<>();
    described.put("depths", settings.network().depths().toString());
    described.put("channels", settings.network().dims().toString());
    described.put("classes", Integer.toString(classes));
    described.put("layer scale", Double.toString(settings.layerScale()));
    described.put("label smoothing", Double.toString(settings.labelSmoothing()));
    described.put("augmentation", settings.augmentation().toString());
    // Said only where it is used, for trainings begun by versions without it.
    if (!settings.regularisation().equals(Regularisation.NONE)) {
      described.put("regularisation", settings.regularisation().toString());
    }
    settings.stop().ifPresent(stop -> described.put("early stop", stop.toString()));
    return described;
  }

  @Override
  public Map<String, List<Long>> shapes() {
    return shapes;
  }

  /** As in ConvNeXt: layers normal with deviation 0.02, biases 0, norms the identity. */
  @Override
  public Tensor initial(String name) {
    List<Long> shape = shapes.get(name);
    if (name.endsWith("gamma")) {
      return Initialisation.constant(shape, settings.layerScale());
    }
    if (shape.size() == 1) {
      return Initialisation.constant(shape, name.endsWith("bias") ? 0 : 1);
    }
    return new Initialisation(seed).normal(name, shape, STD);
  }

  @Override
  public Tensor loss(Weights weights, long step) {
    return Scope.of(
        () -> {
          Batches.Batch batch = batches.at(step);
          Regularisation regularisation = settings.regularisation();
          Tensor distorted = distortion.apply(batch.images(), step);
          Mixture mixed = Mixture.of(distorted, regularisation, seed, step, device);
          double dropped = regularisation.stochasticDepth();
          Weights used =
              dropped == 0
                  ? weights
                  : StochasticDepth.of(weights, shapes.keySet(), dropped, seed, step);
          Tensor logits = logits(used, mixed.images());
          Tensor loss = loss(logits, batch.labels());
          if (mixed.share() == 1) {
            return loss;
          }
          List<Integer> partners = new ArrayList<>(batch.labels());
          Collections.reverse(partners);
          return Tensors.scale(loss, mixed.share())
              .add(Tensors.scale(loss(logits, partners), 1 - mixed.share()));
        });
  }

  private Tensor loss(Tensor logits, List<Integer> labels) {
    long[] each = labels.stream().mapToLong(Integer::longValue).toArray();
    return Layers.crossEntropy(
        logits, device.place(Tensors.longs(each, each.length)), settings.labelSmoothing());
  }

  @Override
  public Optional<EarlyStop> earlyStop() {
    return settings.stop();
  }

  /** Share of the held-out images that are classified right. */
  @Override
  public double score(Weights weights) {
    return accuracy(weights, heldOut).share();
  }

  /** (N, 3, H, W) in [-1, 1] -> (N, classes). */
  Tensor logits(Weights weights, Tensor images) {
    return Scope.of(
        () -> {
          ConvNext network =
              new ConvNext(settings.network(), weights, device, Normalisation.IMAGENET);
          return Layers.linear(
              network.tokens(images).cls(),
              weights.get(ClassHead.WEIGHT),
              weights.get(ClassHead.BIAS));
        });
  }

  /** What becomes of images as they are. */
  Accuracy accuracy(Weights weights, LabelledImages images) {
    Accuracy accuracy = new Accuracy(images.classes());
    Batching.inTurn(
        images.size(),
        EVALUATED,
        (from, count) -> {
          try (Scope scope = Scope.open()) {
            Tensor logits = logits(weights, Batches.plain(images, from, from + count, device));
            long[] predicted = Tensors.toLongs(Tensors.argMax(logits, 1));
            accuracy.add(images.labels(from, from + count), predicted);
            return count;
          }
        });
    return accuracy;
  }
}
