package org.tiltlens.compose;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.measuring.KeptBound;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.sampling.TrajectoryFile;
import org.tiltlens.sampling.Walk;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Pictures, maps and numbers of a composition's images.
 *
 * @param corpus the corpus' scores, not capped
 */
record CompositionImages(
    CompositionSpec spec, ComposedModels models, JointScores corpus, Lanes lanes) {
  private static final int ENLARGED = 4;

  /** How far {@link #of} will advance its task. */
  long steps() {
    return spec.count() * bound().units();
  }

  /** Writes into {@code run} what there is to see of the images in {@code files}. */
  List<CompositionResult.Image> of(RunFolder run, List<Path> files, Progress.Task task) {
    List<List<double[][]>> maps = lanes.map(files.size(), image -> maps(files.get(image)));
    double[] highest =
        IntStream.range(0, spec.units().size())
            .mapToDouble(
                k -> maps.stream().mapToDouble(each -> highest(each.get(k))).max().orElse(1))
            .map(value -> value > 0 ? value : 1)
            .toArray();
    return lanes.map(
        files.size(),
        image -> measured(run, files.get(image), image, maps.get(image), highest, task));
  }

  private List<double[][]> maps(Path file) {
    try (Trajectory drawn = TrajectoryFile.read(file, models.device());
        Scope scope = Scope.open()) {
      return IntStream.range(0, spec.units().size())
          .mapToObj(k -> Tensors.rows(models.wholeMap(k).map(drawn.x()).squeeze(0)))
          .toList();
    }
  }

  private CompositionResult.Image measured(
      RunFolder run,
      Path file,
      int image,
      List<double[][]> maps,
      double[] highest,
      Progress.Task task) {
    String to = "klsc/" + image;
    try (Trajectory drawn = TrajectoryFile.read(file, models.device());
        Scope scope = Scope.open()) {
      Files.createDirectories(run.file(to + ".png").getParent());
      WholeFile.writePng(run.file(to + ".png"), Images.toImage(drawn.x().select(0, 0)));
      TrajectoryFile.write(run.file(to + ".safetensors"), drawn);
      double[] scores = models.scores(drawn.x());
      List<CompositionResult.UnitReading> readings = new ArrayList<>();
      for (int k = 0; k < highest.length; k++) {
        String overlay = to + "-map-" + k + ".png";
        writeOverlay(run.file(overlay), maps.get(k), highest[k], drawn.x());
        int peak = peak(maps.get(k));
        int width = maps.get(k)[0].length;
        readings.add(
            new CompositionResult.UnitReading(
                overlay,
                scores[k],
                corpus.unit(k).percentileOf(scores[k]),
                peak / width,
                peak % width));
      }
      int sample = drawn.samples().get(0);
      double bits = bound().of(drawn.x(), sample, run.state("bound-" + image + ".json"), task);
      double pathKl = drawn.pathKl().get(0);
      return new CompositionResult.Image(
          to + ".png",
          to + ".safetensors",
          image,
          spec.isTwisted() ? sample : null,
          readings,
          bits,
          Double.isFinite(pathKl) ? pathKl : null);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private KeptBound bound() {
    return new KeptBound(models.prior(), spec.seed(), Walk.SAVE_EVERY);
  }

  private static void writeOverlay(Path file, double[][] map, double highest, Tensor image)
      throws IOException {
    int width = ENLARGED * (int) image.size(3);
    int height = ENLARGED * (int) image.size(2);
    WholeFile.writePng(file, HeatMap.of(map, highest, width, height));
  }

  private static double highest(double[][] map) {
    return Arrays.stream(map).flatMapToDouble(Arrays::stream).max().orElseThrow();
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
