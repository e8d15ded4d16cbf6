package org.tiltlens.training;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Scope;
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

  private VisionTraining() {}

  /**
   * Trains, writes {@link #FILE}, {@link #HEAD_FILE} and {@code training.json}, and reports.
   *
   * @param images of which a part is held out where {@link VisionSettings#stop} says so
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
    if (!test.classNames().equals(images.classNames())) {
      throw new IllegalArgumentException(
          "the images are of %s, the test images of %s: give both by the same classes, or `labels`"
              .formatted(images.classNames(), test.classNames()));
    }
    HeldOut parts =
        settings
            .stop()
            .map(stop -> HeldOut.of(images, stop.heldOut()))
            .orElse(new HeldOut(images, images.range(0, 0)));
    VisionTask task = new VisionTask(settings, parts.training(), parts.heldOut(), run);
    try (Trainer trainer = new Trainer(task, run)) {
      trainer.train();
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> weights = trainer.result();
        write(weights, images, run);
        VisionReport report = report(task, trainer, Weights.of(weights), parts.heldOut(), test);
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

  private static VisionReport report(
      VisionTask task,
      Trainer trainer,
      Weights weights,
      LabelledImages heldOut,
      LabelledImages test) {
    Accuracy accuracy = task.accuracy(weights, test);
    return new VisionReport(
        "vision",
        trainer.steps(),
        trainer.seconds(),
        trainer.loss(),
        trainer.best(),
        heldOut.size(),
        heldOut.size() == 0 ? null : task.score(weights),
        test.size(),
        accuracy.share(),
        accuracy.byClass(test.classNames()));
  }
}
