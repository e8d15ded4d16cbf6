package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Trains an ADM UNet as a prior of the images it is given, or of their latents. */
public final class PriorTraining {
  /** The file a trained prior is in, with all its options in the metadata. */
  public static final String FILE = "prior.safetensors";

  private static final int EVALUATED = 2048;

  private PriorTraining() {}

  /** The same of pixels. */
  public static PriorReport run(
      PriorSettings settings,
      PriorSampling sampling,
      LabelledImages images,
      LabelledImages heldOut,
      TrainingRun run)
      throws IOException {
    return run(settings, Optional.empty(), sampling, images, heldOut, run);
  }

  /**
   * Trains, writes {@link #FILE}, {@code samples.png}, with {@link PriorSampling#nearest} {@code
   * nearest.png}, and {@code training.json}, and reports.
   *
   * @param latents of which it is a prior, whose autoencoder then is in the file too, a checkpoint
   *     of latent diffusion; empty: of pixels. They stay the caller's.
   * @param images to train on; sides as the network's {@code imageSize}, or such that this is their
   *     latents' side
   * @param sampling how the result is measured by its samples, which a resumed training may change
   * @param heldOut images not to train on, for the report; the loss is over the first 2048
   * @throws IllegalArgumentException if the images do not fit the network, samples cannot be had as
   *     wanted, or the folder holds another training
   * @throws IOException if the folder cannot be written
   */
  public static PriorReport run(
      PriorSettings settings,
      Optional<PriorLatents> latents,
      PriorSampling sampling,
      LabelledImages images,
      LabelledImages heldOut,
      TrainingRun run)
      throws IOException {
    latents.ifPresent(own -> own.require(settings.network(), images.side()));
    if (latents.isPresent() && run.stored() != StoredType.F32) {
      throw new IllegalArgumentException(
          "`stored` f16 would round the autoencoder too: give f32 for a prior of latents");
    }
    if (settings.network().numClasses() > 0
        && settings.network().numClasses() != images.classes()) {
      throw new IllegalArgumentException(
          "a prior of %d classes cannot be trained on images of %d"
              .formatted(settings.network().numClasses(), images.classes()));
    }
    SampleDistance distance = new SampleDistance(settings, latents, sampling, images, heldOut, run);
    PriorTask task = new PriorTask(settings, latents, images, run);
    try (Trainer trainer = new Trainer(task, run)) {
      trainer.train();
      try (Scope scope = Scope.open()) {
        Map<String, Tensor> weights = trainer.result();
        Path file = run.folder().resolve(FILE);
        Map<String, String> options = new LinkedHashMap<>(images.metadata());
        options.putAll(settings.options());
        run.stored()
            .write(
                file,
                latents.map(own -> own.checkpoint(weights, betas(settings))).orElse(weights),
                options);
        int evaluated = Math.min(EVALUATED, heldOut.size());
        PriorReport report =
            new PriorReport(
                "prior",
                trainer.steps(),
                trainer.seconds(),
                trainer.loss(),
                evaluated,
                heldOutLoss(task, Weights.of(weights), heldOut, evaluated, run),
                distance.measure(Weights.of(weights)));
        report.write(run.report());
        return report;
      }
    }
  }

  private static double[] betas(PriorSettings settings) {
    NoiseSchedule schedule = settings.schedule();
    return IntStream.range(0, schedule.steps()).mapToDouble(schedule::beta).toArray();
  }

  static double heldOutLoss(
      PriorTask task, Weights weights, LabelledImages images, int count, TrainingRun run) {
    int batch = run.settings().batch();
    return Batching.inTurn(
                count,
                batch,
                (from, together) -> {
                  int to = from + together;
                  try (Scope scope = Scope.open()) {
                    Tensor x0 = Batches.plain(images, from, to, run.device());
                    // Draws of steps that no training reaches.
                    Tensor losses =
                        task.sampleLosses(
                            weights, x0, images.labels(from, to), Long.MAX_VALUE - from);
                    return Tensors.sum(losses, 0).item_double();
                  }
                })
            .stream()
            .reduce(0.0, Double::sum)
        / count;
  }
}
