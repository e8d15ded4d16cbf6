package org.tiltlens.training;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
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

  private final VisionSettings settings;
  private final long seed;
  private final int classes;
  private final Device device;
  private final Batches batches;
  private final Map<String, List<Long>> shapes;

  VisionTask(VisionSettings settings, LabelledImages images, TrainingRun run) {
    this.settings = settings;
    seed = run.settings().seed();
    classes = images.classes();
    device = run.device();
    batches = new Batches(images, settings.augmentation(), run.settings(), device);
    shapes = new LinkedHashMap<>(ConvNext.shapes(settings.network()));
    List<Integer> dims = settings.network().dims();
    shapes.put(ClassHead.WEIGHT, List.of((long) classes, (long) dims.get(dims.size() - 1)));
    shapes.put(ClassHead.BIAS, List.of((long) classes));
  }

  @Override
  public Map<String, String> describe() {
    return Map.of(
        "depths", settings.network().depths().toString(),
        "channels", settings.network().dims().toString(),
        "classes", Integer.toString(classes),
        "layer scale", Double.toString(settings.layerScale()),
        "label smoothing", Double.toString(settings.labelSmoothing()),
        "augmentation", settings.augmentation().toString());
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
          long[] labels = batch.labels().stream().mapToLong(Integer::longValue).toArray();
          Tensor index = device.place(Tensors.longs(labels, labels.length));
          return Layers.crossEntropy(
              logits(weights, batch.images()), index, settings.labelSmoothing());
        });
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
}
