package org.tiltlens.study;

import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.annealing.Drift;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.RenoisedImages;
import org.tiltlens.annealing.Renoising;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.metrics.KernelDistance;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.OpenJudge;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Prints how far re-noising drifts without a tilt: what {@link Drift} says, and the kernel distance
 * from other images of the corpus in the features of the bundle's judge, after and before.
 *
 * <p>Arguments: features, such as {@code 407,117}; how many images; and how many moves.
 */
public final class RenoisingTable {
  private static final int TOGETHER = 16;
  private static final long SEED = 46;

  private RenoisingTable() {}

  public static void main(String... arguments) throws IOException {
    int images = Integer.parseInt(arguments[1]);
    int moves = Integer.parseInt(arguments[2]);
    Bundle bundle = Bundle.embedded();
    try (ModelShelf shelf = new ModelShelf();
        Corpus corpus = bundle.openCorpus();
        Scope scope = Scope.open()) {
      List<StudyModels> features =
          Arrays.stream(arguments[0].split(","))
              .map(feature -> CompareSpec.unit(Integer.parseInt(feature)))
              .map(unit -> StudySpec.exact(bundle, unit, 0.0))
              .map(spec -> StudyModels.open(spec, shelf, Device.CPU, Progress.SILENT))
              .toList();
      List<Integer> mixed =
          LongStream.of(Noise.permutation(SEED, 0, 0, corpus.size()))
              .mapToObj(Math::toIntExact)
              .toList();
      List<Integer> from = mixed.subList(0, images);
      Tensor start = corpus.read(from).orElseThrow().images();
      Tensor others = corpus.read(mixed.subList(images, 2 * images)).orElseThrow().images();
      // Without a tilt all features see the same moves.
      try (RenoisedImages end = still(features.get(0), moves).run(SEED, start, from)) {
        print(features, start, others, end);
        JudgeMeasure judge = judge(shelf, bundle);
        double[][] natural = seen(judge, others);
        System.out.printf(
            Locale.ROOT,
            "judge: %.4f before, %.4f after%n",
            KernelDistance.between(seen(judge, start), natural),
            KernelDistance.between(seen(judge, end.x()), natural));
      }
    }
  }

  private static Renoising still(StudyModels models, int moves) {
    PathSampler paths =
        PathSampler.of(
            models.prior(), new AncestralStep(), models.score(), new Objective.Maximize());
    Lanes lanes = new Lanes(Runtime.getRuntime().availableProcessors(), 1);
    return Renoising.of(paths, 0, moves, Batching.oneByOne(lanes));
  }

  private static JudgeMeasure judge(ModelShelf shelf, Bundle bundle) throws IOException {
    OpenJudge open = shelf.judge(bundle, Device.CPU).orElseThrow();
    return new JudgeMeasure(
        open.vision(), open.head(), open.hook(), new SpatialReduction.Mean(), new CentralCrop(1));
  }

  private static void print(
      List<StudyModels> features, Tensor start, Tensor others, RenoisedImages end) {
    System.out.println("| feature | mean score before | after | change |");
    System.out.println("|---|---|---|---|");
    for (StudyModels feature : features) {
      Drift drift = Drift.of(start, others, end, scores(feature, start), scores(feature, end.x()));
      System.out.printf(
          Locale.ROOT,
          "| %d | %.3f ± %.3f | %.3f ± %.3f | %+.3f ± %.3f |%n",
          feature.featureIndex(),
          drift.before().value(),
          drift.before().standardError(),
          drift.after().value(),
          drift.after().standardError(),
          drift.change().value(),
          drift.change().standardError());
      if (feature == features.get(features.size() - 1)) {
        System.out.printf(
            Locale.ROOT, "pixels: %.4f before, %.4f after%n", drift.chance(), drift.distance());
      }
    }
  }

  private static double[] scores(StudyModels models, Tensor images) {
    return Tensors.toDoubles(models.score().finite(images));
  }

  private static double[][] seen(JudgeMeasure judge, Tensor images) {
    return judge.of(images, Batching.together(TOGETHER)).stream()
        .map(JudgeMeasure.Seen::features)
        .toArray(double[][]::new);
  }
}
