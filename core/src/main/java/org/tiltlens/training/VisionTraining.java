package org.tiltlens.training;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.ClassHead;
import org.tiltlens.vision.Normalisation;

/** Trains a ConvNeXt of the DINOv3 architecture as a classifier of labelled images. */
public final class VisionTraining {
  /**
   * The file the network is in, by Meta's names, with how its images were framed and normalised in
   * the metadata.
   */
  public static final String FILE = "vision.safetensors";

  /** The file its linear head is in, as {@link ClassHead} opens it. */
  public static final String HEAD_FILE = "head.safetensors";

  private static final int BATCH = 256;

  private VisionTraining() {}

  /**
   * Trains, writes {@link #FILE}, {@link #HEAD_FILE} and {@code training.json}, and reports.
   *
   * @param test images not to train on, all of which are classified for the report
   * @throws IllegalArgumentException if the images have no labels, or the folder holds another
   *     training
   * @throws IOException if the folder cannot be written
   */
  public static VisionReport run(
      VisionSettings settings, LabelledImages images, LabelledImages test, TrainingRun run)
      throws IOException {
    if (images.classes() < 2 || test.classes() != images.classes()) {
      throw new IllegalArgumentException(
          "a classifier needs images of two or more classes (the folders they lie in), and the same"
              + " in the test images; there are %d and %d"
                  .formatted(images.classes(), test.classes()));
    }
    VisionTask task = new VisionTask(settings, images, run);
    try (Trainer trainer = new Trainer(task, run)) {
      trainer.train();
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> weights = trainer.result();
        write(weights, images, run);
        VisionReport report =
            new VisionReport(
                "vision",
                trainer.steps(),
                trainer.seconds(),
                trainer.loss(),
                test.size(),
                accuracy(task, Weights.of(weights), test, run.device()));
        report.write(run.report());
        return report;
      }
    }
  }

  private static void write(Map<String, Tensor> weights, LabelledImages images, TrainingRun run) {
    Map<String, Tensor> network = new LinkedHashMap<>();
    Map<String, Tensor> head = new LinkedHashMap<>();
    weights.forEach(
        (name, tensor) -> (name.startsWith(ClassHead.PREFIX) ? head : network).put(name, tensor));
    Map<String, String> seen = new TreeMap<>(images.metadata());
    seen.putAll(Normalisation.imagenetMetadata());
    run.stored().write(run.folder().resolve(FILE), network, seen);
    run.stored().write(run.folder().resolve(HEAD_FILE), head, seen);
  }

  static double accuracy(VisionTask task, Weights weights, LabelledImages images, Device device) {
    List<Integer> right =
        Batching.inTurn(
            images.size(),
            BATCH,
            (from, count) -> {
              try (Scope scope = Scope.open()) {
                Tensor logits =
                    task.logits(weights, Batches.plain(images, from, from + count, device));
                long[] predicted = Tensors.toLongs(Tensors.argMax(logits, 1));
                return (int)
                    IntStream.range(0, count)
                        .filter(i -> predicted[i] == images.label(from + i))
                        .count();
              }
            });
    return right.stream().mapToInt(Integer::intValue).sum() / (double) images.size();
  }
}
