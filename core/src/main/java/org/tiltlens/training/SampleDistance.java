package org.tiltlens.training;

import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.metrics.FrechetDistance;
import org.tiltlens.metrics.KernelDistance;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.CancelledException;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.LatentCheckpoint;

/**
 * Draws from a trained prior and compares the samples with images it was not trained on.
 *
 * <p>Which images, and each sample, depend on the run's seed alone: on the CPU an image goes
 * through the networks by itself, and {@link Lanes} works on several at the same time; on a GPU
 * several go together, which changes them by rounding. A class-conditional prior is asked for the
 * classes of the images its samples are compared with.
 */
final class SampleDistance {
  private final PriorSettings settings;
  private final Optional<PriorLatents> latents;
  private final PriorSampling sampling;
  private final TrainingRun run;
  private final NoiseSchedule schedule;
  private final LabelledImages compared;
  private final LabelledImages others;
  private final LabelledImages training;

  /**
   * Refuses now what would fail after hours of training.
   *
   * @param images trained on, which samples are looked up among if that is wanted
   * @throws IllegalArgumentException if the schedule has too few steps, or the features cannot be
   *     had of such images
   */
  SampleDistance(
      PriorSettings settings,
      Optional<PriorLatents> latents,
      PriorSampling sampling,
      LabelledImages images,
      LabelledImages heldOut,
      TrainingRun run) {
    this.settings = settings;
    this.latents = latents;
    this.sampling = sampling;
    this.run = run;
    schedule = settings.schedule().respaced(Integer.toString(sampling.steps()));
    int count = sampling.count(heldOut);
    // Folders come class by class: halves of them as they are would differ by more than chance.
    long[] order =
        Noise.permutation(run.settings().seed(), RandomStream.COMPARED, 0, heldOut.size());
    compared = heldOut.select(count, i -> (int) order[i]);
    others = heldOut.select(count, i -> (int) order[count + i]);
    training = NearestImages.some(images, run.settings().seed());
    if (count > 0) {
      features(compared, 0, 1);
    }
  }

  /** Draws, leaves the first samples in {@link SampleGrid#FILE}, and compares. */
  SampleReport measure(Weights weights) throws IOException {
    int count = compared.size();
    Double distance = null;
    Double atBest = null;
    Double kernel = null;
    Double kernelAtBest = null;
    SampleReport.NearestReport nearest = null;
    if (count > 0) {
      SampleGrid grid = new SampleGrid(count, compared.side());
      double[][] drawn = draw(weights, grid);
      grid.write(run.folder().resolve(SampleGrid.FILE));
      double[][] real = features(compared);
      distance = FrechetDistance.between(drawn, real);
      double[][] fresh = features(others);
      atBest = FrechetDistance.between(fresh, real);
      kernel = KernelDistance.between(drawn, real);
      kernelAtBest = KernelDistance.between(fresh, real);
      if (sampling.nearest() > 0) {
        NearestImages known = new NearestImages(training, features(training));
        known
            .sheet(grid, Math.min(sampling.nearest(), count), drawn)
            .write(run.folder().resolve(NearestImages.FILE));
        nearest =
            new SampleReport.NearestReport(
                training.size(), known.meanDistance(drawn), known.meanDistance(real));
      }
    }
    return new SampleReport(
        count,
        sampling.steps(),
        sampling.features().describe(),
        distance,
        atBest,
        kernel,
        kernelAtBest,
        nearest);
  }

  /** The features of all samples; the images go into the grid. */
  double[][] draw(Weights weights, SampleGrid grid) {
    AdmUnet unet = new AdmUnet(settings.network(), weights, run.device());
    AtomicInteger done = new AtomicInteger();
    double[][] features = new double[compared.size()][];
    for (int[] alike : alike()) {
      UnguidedSampler sampler = sampler(unet, compared.label(alike[0]));
      together(
          alike.length,
          (first, count) -> {
            int[] now = Arrays.copyOfRange(alike, first, first + count);
            try (Scope scope = Scope.open()) {
              Tensor images = sampler.sample(run.settings().seed(), streams(now));
              double[][] rows = sampling.features().of(images);
              for (int i = 0; i < count; i++) {
                grid.put(now[i], images.select(0, i));
                features[now[i]] = rows[i];
                run.progress().sampled(done.incrementAndGet(), compared.size());
              }
            }
            if (run.progress().cancelled()) {
              throw new CancelledException();
            }
          });
    }
    return features;
  }

  private static long[] streams(int[] samples) {
    return IntStream.of(samples).mapToLong(i -> RandomStream.FIRST_SAMPLE + i).toArray();
  }

  /** Numbers of samples that the network is asked for with one label, label by label. */
  private List<int[]> alike() {
    IntStream all = IntStream.range(0, compared.size());
    if (settings.network().numClasses() == 0) {
      return List.of(all.toArray());
    }
    return all
        .boxed()
        .collect(Collectors.groupingBy(compared::label, TreeMap::new, Collectors.toList()))
        .values()
        .stream()
        .map(group -> group.stream().mapToInt(Integer::intValue).toArray())
        .toList();
  }

  /** A view of the network, nothing of its own to close. */
  private UnguidedSampler sampler(AdmUnet unet, int label) {
    Map<String, String> options = new LinkedHashMap<>(settings.options());
    if (settings.network().numClasses() > 0) {
      options.put("label", Integer.toString(label));
    }
    DiffusionPrior.Options read =
        latents.isPresent()
            ? LatentCheckpoint.options(settings.network(), options)
            : AdmCheckpoint.options(settings.network(), options);
    Prior prior = new DiffusionPrior(unet, schedule, read);
    return new UnguidedSampler(
        latents.map(own -> own.images(prior)).orElse(prior), new AncestralStep());
  }

  private double[][] features(LabelledImages images) {
    double[][] features = new double[images.size()][];
    together(
        features.length,
        (first, count) ->
            System.arraycopy(features(images, first, count), 0, features, first, count));
    return features;
  }

  private double[][] features(LabelledImages images, int first, int count) {
    try (Scope scope = Scope.open()) {
      List<Tensor> each = IntStream.range(first, first + count).mapToObj(images::image).toList();
      return sampling.features().of(run.device().place(Tensors.stack(each)));
    }
  }

  /** On a GPU as many images as a training step's, which takes more memory for each. */
  private void together(int n, BiConsumer<Integer, Integer> work) {
    Batching batching =
        run.device().isCpu()
            ? Batching.oneByOne(new Lanes(run.threads(), 1))
            : Batching.together(run.settings().batch());
    batching.map(
        n,
        (first, count) -> {
          work.accept(first, count);
          return count;
        });
  }
}
