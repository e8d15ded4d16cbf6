package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.run.Json;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Scope;
import org.tiltlens.unet.DiffusersAutoencoder;

/** Trains an AutoencoderKL, in whose latents a prior may be trained. */
public final class AutoencoderTraining {
  private AutoencoderTraining() {}

  /**
   * Trains, writes a folder {@link DiffusersAutoencoder#FOLDER} as diffusers has it, {@code
   * reconstructions.png} and {@code training.json}, and reports.
   *
   * @param perceptual what the loss has beside the error of pixels; empty: nothing
   * @param comparison how the result is measured, which a resumed training may change
   * @param images to train on; sides a multiple of the network's downsampling
   * @param heldOut images not to train on, for the report and the scale of the latents, which is
   *     measured on up to 2048
   * @throws IllegalArgumentException if the images do not fit the network, or the folder holds
   *     another training
   * @throws IOException if the folder cannot be written
   */
  public static AutoencoderReport run(
      AutoencoderSettings settings,
      Optional<PerceptualLoss> perceptual,
      Comparison comparison,
      LabelledImages images,
      LabelledImages heldOut,
      TrainingRun run)
      throws IOException {
    AutoencoderEvaluation evaluation =
        new AutoencoderEvaluation(settings, comparison, heldOut, run);
    AutoencoderTask task = new AutoencoderTask(settings, perceptual, images, run);
    try (Trainer trainer = new Trainer(task, run)) {
      trainer.train();
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> weights = trainer.result();
        ReconstructionReport measured = evaluation.measure(Weights.of(weights));
        double factor = 1 / measured.latentDeviation();
        Path folder = Files.createDirectories(run.folder().resolve(DiffusersAutoencoder.FOLDER));
        // As PyTorch's tensors are marked, for diffusers.
        Map<String, String> metadata = new TreeMap<>(Map.of("format", "pt"));
        metadata.putAll(images.metadata());
        run.stored().write(folder.resolve(DiffusersAutoencoder.FILE), weights, metadata);
        WholeFile.writeText(
            folder.resolve(DiffusersAutoencoder.CONFIG),
            Json.write(settings.network().settings(factor, images.side())) + "\n");
        AutoencoderReport report =
            new AutoencoderReport(
                "autoencoder",
                trainer.steps(),
                trainer.seconds(),
                trainer.loss(),
                factor,
                measured);
        report.write(run.report());
        return report;
      }
    }
  }
}
