package org.tiltlens.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.measuring.KeptBound;
import org.tiltlens.measuring.UnitReading;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.sampling.TrajectoryFile;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.synthesis.Particles;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.Pilot;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

/**
 * The images of a run whose tensors are on disk: their pictures, their numbers, and their result.
 *
 * <p>Safe to use from several threads, each with images of its own.
 */
final class FinishedImages {
  private static final String METHOD = "klsc";

  /** Relative difference of two means that are one but for how they were added up. */
  private static final double ROUNDING = 1e-9;

  private final StudySpec spec;
  private final StudyModels models;
  private final RunFolder run;
  private final KeptBound bound;

  /**
   * @param saveEvery how long work that is under way may stay unsaved
   */
  FinishedImages(StudySpec spec, StudyModels models, RunFolder run, Duration saveEvery) {
    this.spec = spec;
    this.models = models;
    this.run = run;
    this.bound = new KeptBound(models.prior(), spec.seed(), saveEvery);
  }

  boolean areThere(List<Integer> images) throws IOException {
    for (int image : images) {
      if (!Files.exists(tensorFile(image))) {
        return false;
      }
    }
    return true;
  }

  /** Keeps the tensor of an image: a trajectory of one sample, all steps taken. */
  void keep(int image, Trajectory drawn) throws IOException {
    TrajectoryFile.write(tensorFile(image), drawn);
  }

  /**
   * Keeps the tensors of all images, then makes their PNGs and numbers.
   *
   * @param drawn one sample, all steps taken; closed here
   * @param ancestors what each descends from, equal numbers for relatives
   */
  List<StudyResult.ImageResult> of(
      IntFunction<Trajectory> drawn,
      IntFunction<Integer> ancestors,
      Batching batching,
      Progress.Task task)
      throws IOException {
    for (int image = 0; image < spec.count(); image++) {
      try (Trajectory one = drawn.apply(image)) {
        keep(image, one);
      }
    }
    return measured(ancestors, batching, task);
  }

  /** The PNGs and the numbers of all images, which were kept and descend from nobody. */
  List<StudyResult.ImageResult> measured(Batching batching, Progress.Task task) {
    return measured(image -> null, batching, task);
  }

  private List<StudyResult.ImageResult> measured(
      IntFunction<Integer> ancestors, Batching batching, Progress.Task task) {
    return batching
        .map(
            spec.count(),
            (first, together) -> {
              List<Integer> images = IntStream.range(first, first + together).boxed().toList();
              return measured(images, ancestors, task);
            })
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  private List<StudyResult.ImageResult> measured(
      List<Integer> images, IntFunction<Integer> ancestors, Progress.Task task) {
    List<Path> files = images.stream().map(this::tensorFile).toList();
    try (Trajectory drawn = TrajectoryFile.read(files, models.device());
        Scope scope = Scope.open()) {
      Tensor decoded = models.prior().decode(drawn.x());
      List<List<UnitReading>> read = models.measure().of(Images.written(decoded)).images();
      List<StudyResult.ImageResult> results = new ArrayList<>();
      for (int i = 0; i < images.size(); i++) {
        results.add(
            measured(
                images.get(i),
                ancestors.apply(images.get(i)),
                drawn.samples().get(i),
                decoded.narrow(0, i, 1),
                read.get(i).get(0),
                drawn.pathKl().get(i),
                task));
      }
      return results;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * @param decoded the image (1, 3, H, W)
   * @param read what it does to the unit
   */
  private StudyResult.ImageResult measured(
      int image,
      Integer ancestor,
      int sample,
      Tensor decoded,
      UnitReading read,
      double pathKl,
      Progress.Task task)
      throws IOException {
    WholeFile.writePng(run.file(name(image, ".png")), Images.toImage(decoded.select(0, 0)));
    return new StudyResult.ImageResult(
        name(image, ".png"),
        name(image, ".safetensors"),
        image,
        spec.isTwisted() || spec.isExact() ? sample : null,
        ancestor,
        read.score(),
        read.scoreAfterActivation(),
        read.percentile(),
        bound.of(decoded, sample, run.state("bound-" + image + ".json"), task),
        Double.isFinite(pathKl) ? pathKl : null);
  }

  private Double percentile(double score) {
    return models.corpusScores().map(scores -> scores.percentileOf(score)).orElse(null);
  }

  /**
   * That of the mean: the wanted one where rounding alone keeps it from the wanted score, as the
   * percentiles of scores so near may be those of two groups of a harvest's sample.
   */
  private Double reached(Target target, double mean) {
    return target != null
            && target.activation() != null
            && target.percentile() != null
            && Math.abs(mean - target.activation()) <= ROUNDING * Math.abs(target.activation())
        ? target.percentile()
        : percentile(mean);
  }

  private Path tensorFile(int image) {
    try {
      return run.file(name(image, ".safetensors"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private String name(int image, String ending) {
    return METHOD + "/" + models.unitFileName() + "-" + image + ending;
  }

  /**
   * All that the run found.
   *
   * @param ladder null without one
   * @param particles null but for weighted particles
   * @param annealed null but for exact samples
   */
  StudyResult.UnitResult result(
      Aim aim,
      List<Pilot> ladder,
      List<StudyResult.ImageResult> images,
      Estimates estimates,
      Particles particles,
      AnnealedReport annealed) {
    return result(aim, ladder, images, estimates, particles, annealed, null);
  }

  /** The same of images that started from a corpus. */
  StudyResult.UnitResult result(
      Aim aim, List<StudyResult.ImageResult> images, Estimates estimates, RenoisedReport renoised) {
    return result(aim, null, images, estimates, null, null, renoised);
  }

  private StudyResult.UnitResult result(
      Aim aim,
      List<Pilot> ladder,
      List<StudyResult.ImageResult> images,
      Estimates estimates,
      Particles particles,
      AnnealedReport annealed,
      RenoisedReport renoised) {
    return new StudyResult.UnitResult(
        spec.unit(),
        models.featureIndex(),
        METHOD,
        spec.guidance().word(),
        spec.guidance().approximation(),
        aim.beta(),
        aim.target(),
        aim.corpusBeta(),
        aim.pilots(),
        aim.standardError(),
        spec.scale(),
        ladder,
        images,
        reached(aim.target(), estimates.meanScore().value()),
        images.stream().mapToDouble(StudyResult.ImageResult::bitsPerDim).average().orElseThrow(),
        estimates,
        models.note(),
        particles,
        annealed,
        renoised);
  }
}
