package org.tiltlens.harvest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.ClassDistance;
import org.tiltlens.metrics.ClassShares;
import org.tiltlens.metrics.JudgeFeature;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.OpenJudge;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.LogWeights;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/**
 * Prints what the embedded bundle's judge sees of the dictionary's features on the corpus: at the
 * judge's own hook point, or at those named.
 */
final class JudgeTable {
  private static final int BATCH = 100;
  private static final SpatialReduction REDUCTION = new SpatialReduction.Mix(0.7);
  private static final CentralCrop CROP = new CentralCrop(0.5);

  /** The corpus in the eyes of the judge. */
  private final List<JudgeMeasure.Seen> seen = new ArrayList<>();

  /** Each feature's score on each image. */
  private final List<double[]> scores = new ArrayList<>();

  private final int[] classes;

  private JudgeTable(Corpus corpus, JudgeMeasure judge, FeatureScores features) {
    classes = IntStream.range(0, corpus.size()).map(i -> corpus.label(i).orElseThrow()).toArray();
    List<double[][]> blocks = new ArrayList<>();
    for (int from = 0; from < corpus.size(); from += BATCH) {
      try (Scope scope = Scope.open()) {
        Tensor images = corpus.read(from, from + BATCH).orElseThrow().images();
        seen.addAll(judge.of(images, Batching.together(BATCH)));
        blocks.add(Tensors.rows(features.of(images).scores()));
      }
    }
    for (int j = 0; j < features.dictionary().features(); j++) {
      int feature = j;
      scores.add(blocks.stream().flatMapToDouble(block -> Arrays.stream(block[feature])).toArray());
    }
  }

  public static void main(String... hooks) throws IOException {
    Bundle bundle = Bundle.embedded();
    ModelFiles files = bundle.models();
    try (ModelShelf shelf = new ModelShelf();
        Corpus corpus = bundle.openCorpus()) {
      OpenJudge own = shelf.judge(bundle, Device.CPU).orElseThrow();
      SparseDictionary dictionary = shelf.dictionary(files.dictionary(), Device.CPU);
      HookPoint at = dictionary.hookPoint();
      VisionModel vision = shelf.vision(files.vision(), files.visionOptions(), at, Device.CPU);
      FeatureScores features = new FeatureScores(vision, at, dictionary, REDUCTION, CROP);
      List<HookPoint> places =
          hooks.length == 0
              ? List.of(own.hook())
              : Arrays.stream(hooks).map(HookPoint::parse).toList();
      for (HookPoint place : places) {
        JudgeMeasure judge = new JudgeMeasure(own.vision(), own.head(), place, REDUCTION, CROP);
        new JudgeTable(corpus, judge, features).print(place);
      }
    }
  }

  private void print(HookPoint place) {
    int n = seen.size();
    int[] labels = seen.stream().mapToInt(JudgeMeasure.Seen::label).toArray();
    long right = IntStream.range(0, n).filter(i -> labels[i] == classes[i]).count();
    double[][] rows = seen.stream().map(JudgeMeasure.Seen::features).toArray(double[][]::new);
    double[] strengths =
        scores.stream()
            .mapToDouble(each -> Math.abs(JudgeFeature.of(each, rows, 1).correlation().value()))
            .toArray();
    ScoreSample sorted = ScoreSample.of(strengths);
    line(
        "%s: %d of %d right; |correlation| of the %d features with the judge's best: 5 %% %.2f,"
            + " median %.2f, 95 %% %.2f",
        place,
        right,
        n,
        strengths.length,
        sorted.scoreAt(5),
        sorted.scoreAt(50),
        sorted.scoreAt(95));
    for (int feature : new int[] {117, 382, 407}) {
      double[] each = scores.get(feature);
      ScoreSample sample = ScoreSample.of(each);
      double beta = Tilting.solve(sample, sample.scoreAt(99));
      LogWeights weights = LogWeights.of(Arrays.stream(each).map(s -> beta * s).toArray());
      ClassShares tilted = ClassShares.weighted(10, labels, weights);
      ClassDistance chance =
          ClassDistance.of(new ClassShares(tilted.shares(), 48), tilted, new Bootstrap(1));
      JudgeFeature best = JudgeFeature.of(each, rows, 1);
      Optional<Estimate> natural = best.seen(each, rows, weights);
      line(
          "feature %d, beta %.3f, ESS %.0f: judge's feature %d, correlation %s, the exact tilt"
              + " sees %s; floor of 48: %.3f, 95 %% %.3f; shares %s",
          feature,
          beta,
          tilted.ess(),
          best.index(),
          number(best.correlation()),
          number(natural.orElseThrow()),
          chance.floor(),
          chance.floorHigh(),
          tilted.shares().stream().map(s -> String.format(Locale.ROOT, "%.2f", s)).toList());
    }
  }

  private static String number(Estimate of) {
    return String.format(Locale.ROOT, "%.3f ± %.3f", of.value(), of.standardError());
  }

  private static void line(String format, Object... values) {
    System.out.printf(Locale.ROOT, format + "%n", values);
  }
}
