package org.tiltlens.training;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.metrics.FrechetDistance;
import org.tiltlens.torch.CancelledException;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;

/**
 * Draws from a trained prior and compares the samples with images it was not trained on.
 *
 * <p>Which images, and each sample, depend on the run's seed alone: an image goes through the
 * networks by itself, and {@link Lanes} works on several at the same time. A class-conditional
 * prior is asked for the classes of the images its samples are compared with.
 */
final class SampleDistance {
  private final PriorSettings settings;
  private final PriorSampling sampling;
  private final TrainingRun run;
  private final NoiseSchedule schedule;
  private final LabelledImages compared;
  private final LabelledImages others;

  /**
   * Refuses now what would fail after hours of training.
   *
   * @throws IllegalArgumentException if the schedule has too few steps, or the features cannot be
   *     had of such images
   */
  SampleDistance(
      PriorSettings settings, PriorSampling sampling, LabelledImages heldOut, TrainingRun run) {
    this.settings = settings;
    this.sampling = sampling;
    this.run = run;
    schedule = settings.schedule().respaced(Integer.toString(sampling.steps()));
    int count = sampling.count(heldOut);
    // Folders come class by class: halves of them as they are would differ by more than chance.
    long[] order =
        Noise.permutation(run.settings().seed(), RandomStream.COMPARED, 0, heldOut.size());
    compared = heldOut.select(count, i -> (int) order[i]);
    others = heldOut.select(count, i -> (int) order[count + i]);
    if (count > 0) {
      features(compared, 0);
    }
  }

  /** Draws, leaves the first samples in {@link SampleGrid#FILE}, and compares. */
  SampleReport measure(Weights weights) throws IOException {
    int count = compared.size();
    Double distance = null;
    Double atBest = null;
    if (count > 0) {
      SampleGrid grid = new SampleGrid(count, settings.network().imageSize());
      double[][] drawn = draw(weights, grid);
      grid.write(run.folder());
      double[][] real = features(compared);
      distance = FrechetDistance.between(drawn, real);
      atBest = FrechetDistance.between(features(others), real);
    }
    return new SampleReport(
        count, sampling.steps(), sampling.features().describe(), distance, atBest);
  }

  /** The features of all samples; the images go into the grid. */
  double[][] draw(Weights weights, SampleGrid grid) {
    AdmUnet unet = new AdmUnet(settings.network(), weights, run.device());
    AtomicInteger done = new AtomicInteger();
    return inLanes(
        i -> {
          try (Scope scope = Scope.open()) {
            UnguidedSampler sampler = sampler(unet, compared.label(i));
            long sample = RandomStream.FIRST_SAMPLE + i;
            Tensor image = sampler.sample(run.settings().seed(), sample).select(0, 0);
            grid.put(i, image);
            double[] features = sampling.features().of(image);
            run.progress().sampled(done.incrementAndGet(), compared.size());
            if (run.progress().cancelled()) {
              throw new CancelledException();
            }
            return features;
          }
        });
  }

  /** A view of the network, nothing of its own to close. */
  private UnguidedSampler sampler(AdmUnet unet, int label) {
    Map<String, String> options = new LinkedHashMap<>(settings.options());
    if (settings.network().numClasses() > 0) {
      options.put("label", Integer.toString(label));
    }
    return new UnguidedSampler(
        new DiffusionPrior(unet, schedule, AdmCheckpoint.options(settings.network(), options)),
        new AncestralStep());
  }

  private double[][] features(LabelledImages images) {
    return inLanes(i -> features(images, i));
  }

  private double[] features(LabelledImages images, int index) {
    try (Scope scope = Scope.open()) {
      return sampling.features().of(run.device().place(images.image(index)));
    }
  }

  private double[][] inLanes(IntFunction<double[]> work) {
    Lanes lanes = run.device().isCpu() ? new Lanes(run.threads(), 1) : new Lanes(1, run.threads());
    return lanes.map(compared.size(), work).toArray(double[][]::new);
  }
}
