package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.harvest.FeatureScores;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.measuring.KeptBound;
import org.tiltlens.measuring.UnitReading;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.Diversity;
import org.tiltlens.metrics.Faithfulness;
import org.tiltlens.metrics.FeatureRank;
import org.tiltlens.metrics.HighFrequencyEnergy;
import org.tiltlens.metrics.VendiScore;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.sampling.Walk;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

/**
 * Measures sets of images that show one feature, all in the same way.
 *
 * @param space where sets of images are compared
 * @param judge who looks at the images, too
 */
record CompareMeasure(
    CompareContext context,
    ComparedFeature feature,
    CompareSpace space,
    Optional<JudgedTilt> judge) {
  /** What was measured. */
  record Measured(List<CompareResult.Image> images, CompareResult.Metrics metrics) {}

  /** How far {@link #of} advances its task. */
  long units() {
    return context.spec().count() * bound().units();
  }

  /** One image and the numbers that are of it alone. */
  private record One(
      CompareResult.Image image, double[] features, Optional<JudgeMeasure.Seen> judged) {}

  /**
   * Measures images and writes their PNGs and activation maps.
   *
   * @param tensors their files, below the comparison's folder
   * @param run the folder that the pictures go to
   * @param where its name below the comparison's folder
   */
  Measured of(List<String> tensors, RunFolder run, String where, Progress.Task task) {
    FeatureScores all = feature.all();
    List<One> each =
        context
            .lanes()
            .map(tensors.size(), i -> measured(i, tensors.get(i), all, run, where, task));
    List<CompareResult.Image> images = each.stream().map(One::image).toList();
    double[][] rows = each.stream().map(One::features).toArray(double[][]::new);
    return new Measured(
        images, metrics(images, rows, each.stream().flatMap(one -> one.judged.stream()).toList()));
  }

  private One measured(
      int i, String tensor, FeatureScores all, RunFolder run, String where, Progress.Task task) {
    try (TensorStore store = Checkpoints.open(context.folder().resolve(tensor));
        Scope scope = Scope.open()) {
      Tensor x = context.device().place(store.load("x"));
      WholeFile.writePng(run.file(i + ".png"), Images.toImage(x.select(0, 0)));
      CompareSpace.Seen seen = space.see(x, feature.measure());
      UnitReading reading = seen.read().only();
      HeatMap.writeOver(
          run.file(i + "-map.png"), reading.map(), feature.highest(), x.size(3), x.size(2));
      return new One(
          new CompareResult.Image(
              where + "/" + i + ".png",
              tensor,
              where + "/" + i + "-map.png",
              reading.score(),
              reading.scoreAfterActivation(),
              reading.percentile(),
              FeatureRank.of(all.perImage(seen.read().activations().get(0)), feature.index())
                  .mean(),
              bound().of(x, i, run.state("bound-" + i + ".json"), task),
              HighFrequencyEnergy.of(x)[0] / space.highFrequency()),
          seen.features(),
          judge.map(own -> own.see(x)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private KeptBound bound() {
    return new KeptBound(feature.models().prior(), context.spec().seed(), Walk.SAVE_EVERY);
  }

  private CompareResult.Metrics metrics(
      List<CompareResult.Image> images, double[][] rows, List<JudgeMeasure.Seen> judged) {
    Bootstrap bootstrap = new Bootstrap(context.spec().seed());
    double[] scores = images.stream().mapToDouble(CompareResult.Image::score).toArray();
    double[] after = images.stream().mapToDouble(CompareResult.Image::scoreAfterTopk).toArray();
    Faithfulness faithful = Faithfulness.of(scores, after, feature.sample());
    double mean = feature.reachable(faithful.meanScore());
    return new CompareResult.Metrics(
        bootstrap.ofMean(scores),
        faithful.percentile(),
        faithful.activeShare(),
        new FeatureRank(
                images.stream().map(CompareResult.Image::rank).toList(),
                feature.all().dictionary().features())
            .median(),
        bootstrap.ofMean(images.stream().mapToDouble(CompareResult.Image::bitsPerDim).toArray()),
        bootstrap.ofMean(images.stream().mapToDouble(CompareResult.Image::highFrequency).toArray()),
        Diversity.cosine(rows),
        VendiScore.of(rows),
        sameScore(mean).against(rows, mean, bootstrap),
        space.corpus().against(rows, feature.sample().mean(), bootstrap),
        judge.map(own -> own.of(scores, judged, bootstrap)).orElse(null));
  }

  /** The corpus' own images of a mean score. */
  private ReferenceSet sameScore(double mean) {
    double beta = Tilting.solve(feature.sample(), mean);
    return space.of(feature.drawn(beta, context.spec().reference(), context.spec().seed()));
  }
}
