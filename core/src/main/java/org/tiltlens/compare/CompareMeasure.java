package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.harvest.FeatureScores;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.measuring.UnitReading;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.Diversity;
import org.tiltlens.metrics.Faithfulness;
import org.tiltlens.metrics.FeatureRank;
import org.tiltlens.metrics.Interval;
import org.tiltlens.metrics.VendiScore;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

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
    return context.spec().count() * free().units();
  }

  /** One image and the numbers that are of it alone. */
  private record One(
      CompareResult.Image image, double[] features, Optional<JudgeMeasure.Seen> judged) {}

  /**
   * Measures images and writes their PNGs and activation maps.
   *
   * @param drawn names their files, below the comparison's folder
   * @param run the folder that the pictures go to
   * @param where its name below the comparison's folder
   */
  Measured of(Drawn drawn, RunFolder run, String where, Progress.Task task) {
    FeatureScores all = feature.all();
    FreeMeasure free = free();
    List<One> each =
        context
            .batching()
            .each(
                drawn.tensors().size(), some -> measured(some, drawn, all, free, run, where, task));
    List<CompareResult.Image> images = each.stream().map(One::image).toList();
    double[][] rows = each.stream().map(One::features).toArray(double[][]::new);
    List<JudgeMeasure.Seen> judged = each.stream().flatMap(one -> one.judged.stream()).toList();
    return new Measured(images, metrics(images, rows, judged, drawn.kl()));
  }

  private List<One> measured(
      List<Integer> images,
      Drawn drawn,
      FeatureScores all,
      FreeMeasure free,
      RunFolder run,
      String where,
      Progress.Task task) {
    try (Scope scope = Scope.open()) {
      List<Kept> kept = images.stream().map(i -> kept(drawn.tensors().get(i))).toList();
      Tensor x = context.device().place(Tensors.cat(kept.stream().map(Kept::image).toList(), 0));
      // All is said of the images that people are shown.
      Tensor shown = Images.written(drawn.ofPrior() ? feature.models().prior().decode(x) : x);
      CompareSpace.Seen seen = space.see(shown, feature.measure());
      List<Double> ranks =
          FeatureRank.of(all.perImage(seen.read().activations().get(0)), feature.index()).ranks();
      Optional<List<JudgeMeasure.Seen>> judged = judge.map(tilt -> tilt.see(shown));
      List<FreeMeasure.Numbers> numbers = free.of(shown, images, "", run, task);
      List<One> measured = new ArrayList<>();
      for (int i = 0; i < images.size(); i++) {
        int place = i;
        int image = images.get(i);
        UnitReading reading = seen.read().images().get(i).get(0);
        FreeMeasure.Numbers own = numbers.get(i);
        WholeFile.writePng(run.file(image + ".png"), Images.toImage(shown.select(0, i)));
        HeatMap.writeOver(
            run.file(image + "-map.png"),
            reading.map(),
            feature.highest(),
            shown.size(3),
            shown.size(2));
        measured.add(
            new One(
                new CompareResult.Image(
                    where + "/" + image + ".png",
                    drawn.tensors().get(image),
                    where + "/" + image + "-map.png",
                    drawn.units().get(image),
                    reading.score(),
                    kept.get(i).ownScore(),
                    reading.scoreAfterActivation(),
                    reading.percentile(),
                    ranks.get(i),
                    own.bits().all(),
                    own.bits().last(),
                    own.slowBits(),
                    own.quality(),
                    own.highFrequency()),
                seen.features()[i],
                judged.map(each -> each.get(place))));
      }
      return measured;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /**
   * What a method kept of an image.
   *
   * @param image (1, C, H, W), in the innermost scope
   * @param ownScore null if it kept none
   */
  private record Kept(Tensor image, Double ownScore) {}

  private Kept kept(String tensor) {
    try (TensorStore store = Checkpoints.open(context.folder().resolve(tensor))) {
      return new Kept(store.load(DrawnImages.IMAGE), ownScore(store));
    }
  }

  private FreeMeasure free() {
    return FreeMeasure.of(context, feature.models().prior(), space);
  }

  /** Mean over the views that an ascent kept beside its image; null for others. */
  private static Double ownScore(TensorStore store) {
    return store.entries().containsKey(AscentMethod.VIEWS)
        ? Double.valueOf(
            Arrays.stream(Tensors.toDoubles(store.load(AscentMethod.VIEWS)))
                .average()
                .orElseThrow())
        : null;
  }

  private CompareResult.Metrics metrics(
      List<CompareResult.Image> images,
      double[][] rows,
      List<JudgeMeasure.Seen> judged,
      CompareResult.Divergence kl) {
    Bootstrap bootstrap = new Bootstrap(context.spec().seed());
    int[] units = images.stream().mapToInt(CompareResult.Image::unit).toArray();
    double[] scores = images.stream().mapToDouble(CompareResult.Image::score).toArray();
    double[] after = images.stream().mapToDouble(CompareResult.Image::scoreAfterTopk).toArray();
    Faithfulness faithful = Faithfulness.of(scores, after, feature.judging().sample());
    double mean = feature.judging().reachable(faithful.meanScore());
    CompareSpec spec = context.spec();
    return new CompareResult.Metrics(
        mean(images, CompareResult.Image::score, bootstrap),
        mean(images, CompareResult.Image::ownScore, bootstrap),
        faithful.percentile(),
        faithful.activeShare(),
        new FeatureRank(
                images.stream().map(CompareResult.Image::rank).toList(),
                feature.all().dictionary().features())
            .median(),
        mean(images, CompareResult.Image::bitsPerDim, bootstrap),
        mean(images, CompareResult.Image::bitsOfLastSteps, bootstrap),
        mean(images, CompareResult.Image::slowBitsPerDim, bootstrap),
        mean(images, CompareResult.Image::quality, bootstrap),
        mean(images, CompareResult.Image::highFrequency, bootstrap),
        Diversity.cosine(rows),
        VendiScore.of(rows),
        kl,
        space.corpus().divergence(rows).orElse(null),
        feature
            .sameScore(mean, spec.measures().reference(), space, spec.seed())
            .against(rows, units, mean, bootstrap),
        space.corpus().against(rows, units, feature.judging().sample().mean(), bootstrap),
        judge.map(own -> own.of(scores, judged, units, bootstrap)).orElse(null));
  }

  /** Null if the images lack the number. */
  private static Interval mean(
      List<CompareResult.Image> images,
      Function<CompareResult.Image, Double> number,
      Bootstrap bootstrap) {
    if (number.apply(images.get(0)) == null) {
      return null;
    }
    double[] each = images.stream().mapToDouble(number::apply).toArray();
    int[] units = images.stream().mapToInt(CompareResult.Image::unit).toArray();
    return bootstrap.ofUnits(
        units, picks -> Arrays.stream(picks).mapToDouble(i -> each[i]).average().orElseThrow());
  }
}
