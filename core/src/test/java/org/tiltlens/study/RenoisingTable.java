package org.tiltlens.study;

import java.io.IOException;
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
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.metrics.KernelDistance;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.OpenJudge;
import org.tiltlens.run.Progress;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

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
    System.out.println(
        "| feature | mean score before | after | change | pixels: before | after | judge: before |"
            + " after |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    try (ModelShelf shelf = new ModelShelf();
        Corpus corpus = bundle.openCorpus()) {
      JudgeMeasure judge = judge(shelf, bundle);
      for (String feature : arguments[0].split(",")) {
        String unit = CompareSpec.unit(Integer.parseInt(feature));
        StudySpec spec = StudySpec.exact(bundle, unit, Target.percentile(99));
        StudyModels models = StudyModels.open(spec, shelf, Device.CPU, Progress.SILENT);
        System.out.println("| " + feature + row(models, spec, corpus, judge, images, moves));
      }
    }
  }

  private static JudgeMeasure judge(ModelShelf shelf, Bundle bundle) throws IOException {
    OpenJudge open = shelf.judge(bundle, Device.CPU).orElseThrow();
    return new JudgeMeasure(
        open.vision(), open.head(), open.hook(), new SpatialReduction.Mean(), new CentralCrop(1));
  }

  private static String row(
      StudyModels models,
      StudySpec spec,
      Corpus corpus,
      JudgeMeasure judge,
      int images,
      int moves) {
    PathSampler paths =
        PathSampler.of(models.prior(), new AncestralStep(), models.score(), spec.objective());
    Lanes lanes = new Lanes(Runtime.getRuntime().availableProcessors(), 1);
    Renoising still = Renoising.of(paths, 0, moves, Batching.oneByOne(lanes));
    List<Integer> mixed =
        LongStream.of(Noise.permutation(SEED, 0, 0, corpus.size()))
            .mapToObj(Math::toIntExact)
            .toList();
    List<Integer> from = mixed.subList(0, images);
    try (Scope scope = Scope.open()) {
      Tensor start = corpus.read(from).orElseThrow().images();
      Tensor others = corpus.read(mixed.subList(images, 2 * images)).orElseThrow().images();
      try (RenoisedImages begun = still.start(SEED, start, from);
          RenoisedImages end = still.run(SEED, start, from)) {
        Drift drift = Drift.of(start, others, end, scores(begun), scores(end));
        double[][] natural = seen(judge, others);
        return String.format(
            Locale.ROOT,
            " | %.3f ± %.3f | %.3f ± %.3f | %+.3f ± %.3f | %.4f | %.4f | %.4f | %.4f |",
            drift.before().value(),
            drift.before().standardError(),
            drift.after().value(),
            drift.after().standardError(),
            drift.change().value(),
            drift.change().standardError(),
            drift.chance(),
            drift.distance(),
            KernelDistance.between(seen(judge, start), natural),
            KernelDistance.between(seen(judge, end.x()), natural));
      }
    }
  }

  private static double[] scores(RenoisedImages images) {
    return images.scores().stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static double[][] seen(JudgeMeasure judge, Tensor images) {
    return judge.of(images, Batching.together(TOGETHER)).stream()
        .map(JudgeMeasure.Seen::features)
        .toArray(double[][]::new);
  }
}
