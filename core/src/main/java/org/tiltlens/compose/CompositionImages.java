package org.tiltlens.compose;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.measuring.ImageMeasure;
import org.tiltlens.measuring.KeptBound;
import org.tiltlens.measuring.UnitReading;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.sampling.TrajectoryFile;
import org.tiltlens.sampling.Walk;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

/**
 * Pictures, maps and numbers of a composition's images.
 *
 * @param corpus the corpus' scores, not capped
 */
record CompositionImages(
    CompositionSpec spec, ComposedModels models, JointScores corpus, Batching batching) {
  /** Begins the work of {@link #of}, a part of what {@code what} names. */
  Progress.Task begin(Progress progress, String what) {
    Counted images = new Counted("images", bound().units());
    long steps = spec.count() * images.each();
    return Cancellable.begin(progress, what + " (measuring)", steps, images);
  }

  /** Writes into {@code run} what there is to see of the images in {@code files}. */
  List<CompositionResult.Image> of(RunFolder run, List<Path> files, Progress.Task task) {
    ImageMeasure measure = models.measure(Optional.of(corpus));
    List<Measured> images =
        batching
            .map(
                files.size(),
                (first, together) ->
                    measured(measure, run, files.subList(first, first + together), first, task))
            .stream()
            .flatMap(List::stream)
            .toList();
    // Maps of a unit share one scale, which only all of them together tell.
    double[] highest =
        IntStream.range(0, spec.units().size())
            .mapToDouble(
                k -> HeatMap.highest(images.stream().map(image -> image.units.get(k).map())))
            .toArray();
    return Batching.oneByOne(batching.lanes())
        .map(
            images.size(),
            (image, one) -> {
              Measured found = images.get(image);
              return found.result(maps(run, image, found.units, highest));
            });
  }

  /** All of an image but the pictures of its maps. */
  private record Measured(
      int image, Integer particle, List<UnitReading> units, double bits, Double pathKl) {
    CompositionResult.Image result(List<CompositionResult.UnitReading> readings) {
      return new CompositionResult.Image(
          name(image) + ".png",
          name(image) + ".safetensors",
          image,
          particle,
          readings,
          bits,
          pathKl);
    }
  }

  private static String name(int image) {
    return "klsc/" + image;
  }

  /** Some images, from number {@code first} on. */
  private List<Measured> measured(
      ImageMeasure measure, RunFolder run, List<Path> files, int first, Progress.Task task) {
    try (Trajectory drawn = TrajectoryFile.read(files, models.device());
        Scope scope = Scope.open()) {
      Tensor decoded = models.prior().decode(drawn.x());
      List<List<UnitReading>> read = measure.of(Images.written(decoded)).images();
      List<Measured> measured = new ArrayList<>();
      for (int i = 0; i < files.size(); i++) {
        try (Trajectory one = drawn.row(i)) {
          measured.add(measured(run, one, decoded.narrow(0, i, 1), read.get(i), first + i, task));
        }
      }
      return measured;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private Measured measured(
      RunFolder run,
      Trajectory drawn,
      Tensor decoded,
      List<UnitReading> read,
      int image,
      Progress.Task task)
      throws IOException {
    Path picture = run.file(name(image) + ".png");
    Files.createDirectories(picture.getParent());
    WholeFile.writePng(picture, Images.toImage(decoded.select(0, 0)));
    TrajectoryFile.write(run.file(name(image) + ".safetensors"), drawn);
    int sample = drawn.samples().get(0);
    double pathKl = drawn.pathKl().get(0);
    return new Measured(
        image,
        spec.isTilted() ? null : sample,
        read,
        bound().of(decoded, sample, run.state("bound-" + image + ".json"), task),
        Double.isFinite(pathKl) ? pathKl : null);
  }

  private List<CompositionResult.UnitReading> maps(
      RunFolder run, int image, List<UnitReading> units, double... highest) {
    long[] shape = models.prior().imageShape();
    List<CompositionResult.UnitReading> readings = new ArrayList<>();
    try {
      for (int k = 0; k < highest.length; k++) {
        UnitReading unit = units.get(k);
        String overlay = name(image) + "-map-" + k + ".png";
        HeatMap.writeOver(run.file(overlay), unit.map(), highest[k], shape[2], shape[1]);
        int peak = peak(unit.map());
        int width = unit.map()[0].length;
        readings.add(
            new CompositionResult.UnitReading(
                overlay, unit.score(), unit.percentile(), peak / width, peak % width));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return readings;
  }

  private KeptBound bound() {
    return new KeptBound(models.prior(), spec.seed(), Walk.SAVE_EVERY);
  }

  /** Row times width plus column of the highest value, the first of equals. */
  private static int peak(double[][] map) {
    double[] values = Arrays.stream(map).flatMapToDouble(Arrays::stream).toArray();
    int peak = 0;
    for (int i = 1; i < values.length; i++) {
      peak = values[i] > values[peak] ? i : peak;
    }
    return peak;
  }
}
