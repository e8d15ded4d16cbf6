package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Scope;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/** Trains a transcoder or a plain sparse autoencoder on a vision model's activations. */
public final class DictionaryTraining {
  private static final int EVALUATED = 1024;
  private static final String STATISTICS = "activations.safetensors";

  private DictionaryTraining() {}

  /**
   * Measures the activations' norms, trains, writes the dictionary's folder and {@code
   * training.json} in it, and reports.
   *
   * @param vision computes on the run's device; stays the caller's
   * @param heldOut images not to train on; the first 1024 are used, for the report and for knowing
   *     when the wanted explained variance is reached
   * @throws IllegalArgumentException if the folder holds another training
   * @throws IOException if the folder cannot be written
   */
  public static DictionaryReport run(
      DictionarySettings settings,
      VisionModel vision,
      LabelledImages images,
      LabelledImages heldOut,
      TrainingRun run)
      throws IOException {
    run.requireFree();
    Map<String, ActivationStatistics> statistics = statistics(settings, vision, images, run);
    ActivationStatistics in = statistics.get(settings.config().hookPointIn());
    ActivationStatistics out = statistics.get(settings.config().hookPointOut());
    LabelledImages evaluated = heldOut.range(0, Math.min(EVALUATED, heldOut.size()));
    DictionaryTask task = new DictionaryTask(settings, vision, in, out, images, evaluated, run);
    try (Trainer trainer = new Trainer(task, run)) {
      trainer.train();
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> weights = trainer.result();
        DictionaryFolder.write(run, settings, images, weights, in.norm(), out.norm());
        DictionaryEvaluation evaluation = task.evaluate(Weights.of(weights));
        DictionaryReport report =
            new DictionaryReport(
                "dictionary",
                trainer.steps(),
                trainer.seconds(),
                trainer.loss(),
                evaluated.size(),
                evaluation.explainedVariance(),
                evaluation.l0(),
                evaluation.deadShare(),
                evaluation.frequency());
        report.write(run.report());
        return report;
      }
    }
  }

  /** Those measured before the training's first part, or new ones. */
  private static Map<String, ActivationStatistics> statistics(
      DictionarySettings settings, VisionModel vision, LabelledImages images, TrainingRun run)
      throws IOException {
    Path file = run.folder().resolve(STATISTICS);
    boolean measured = run.resume() && Files.exists(file);
    Map<String, ActivationStatistics> statistics = new LinkedHashMap<>();
    Engine.threadsPerOperation(run.threads());
    try {
      for (HookPoint at : new HookPoint[] {settings.in(), settings.out()}) {
        statistics.put(
            at.toString(),
            measured
                ? ActivationStatistics.read(file, at.toString(), vision.channels(at))
                : ActivationStatistics.measure(
                    vision,
                    at,
                    images,
                    settings.normImages(),
                    run.settings().seed(),
                    run.device()));
      }
    } finally {
      Engine.threadsPerOperation(1);
    }
    if (!measured) {
      Files.createDirectories(run.folder());
      ActivationStatistics.write(file, statistics);
    }
    return statistics;
  }
}
