package org.tiltlens.study;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import javax.imageio.ImageIO;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.metrics.KernelDistance;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.OpenJudge;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

/**
 * Prints what exact samples reach above the corpus: a mean score of 1.2 times that of the corpus'
 * best image, and how far the images are from the corpus' top ones in the features of the bundle's
 * judge, beside how far these are from the corpus.
 *
 * <p>Arguments: a folder for the runs, which a killed tool goes on from, and how many features.
 */
public final class AboveCorpusTable {
  private static final int IMAGES = 16;
  private static final double ABOVE = 1.2;
  private static final int SOME = 2000;
  private static final int TOGETHER = 50;

  private final Bundle bundle = Bundle.embedded();
  private final Path folder;
  private final JudgeMeasure judge;
  private final Corpus corpus;
  private final double[][] natural;

  private AboveCorpusTable(Path folder, ModelShelf shelf, Corpus corpus) throws IOException {
    this.folder = folder;
    this.corpus = corpus;
    OpenJudge open = shelf.judge(bundle, Device.CPU).orElseThrow();
    judge =
        new JudgeMeasure(
            open.vision(),
            open.head(),
            open.hook(),
            new SpatialReduction.Mean(),
            new CentralCrop(1));
    List<double[]> rows = new ArrayList<>();
    for (int from = 0; from < SOME; from += TOGETHER) {
      try (Scope scope = Scope.open()) {
        rows.addAll(seen(corpus.read(from, from + TOGETHER).orElseThrow().images()));
      }
    }
    natural = rows.toArray(double[][]::new);
  }

  public static void main(String... arguments) throws IOException {
    Bundle bundle = Bundle.embedded();
    try (ModelShelf shelf = new ModelShelf();
        Corpus corpus = bundle.openCorpus();
        FeatureTable table = FeatureTable.open(bundle.path(bundle.manifest().features()))) {
      AboveCorpusTable above = new AboveCorpusTable(Path.of(arguments[0]), shelf, corpus);
      System.out.println(
          "| feature | best image | wanted | reached | off | KL | mixed | evaluations | judge: from"
              + " the top images | the top images from the corpus | seconds |");
      System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
      for (int feature : Compare.pick(bundle, Integer.parseInt(arguments[1]), 45)) {
        System.out.println(above.row(table.feature(feature)));
      }
    }
  }

  private String row(FeatureStatistics feature) throws IOException {
    double wanted = ABOVE * feature.max();
    StudySpec spec =
        StudySpec.exact(bundle, CompareSpec.unit(feature.feature()), Target.activation(wanted))
            .withCount(IMAGES);
    int threads = Runtime.getRuntime().availableProcessors();
    Path own = folder.resolve("feature-" + feature.feature());
    StudyResult run =
        Study.run(
            "visualize", spec, new Execution("cpu", threads, threads, 1), own, Progress.SILENT);
    StudyResult.UnitResult found = run.results().get(0);
    double[][] shown =
        found.images().stream().map(image -> drawn(own, image)).toArray(double[][]::new);
    double[][] top =
        feature.top().stream()
            .limit(IMAGES)
            .map(
                image -> {
                  try (Scope scope = Scope.open()) {
                    return seen(corpus.read(List.of(image.image())).orElseThrow().images()).get(0);
                  }
                })
            .toArray(double[][]::new);
    return String.format(
        Locale.ROOT,
        "| %d | %.3f | %.3f | %.3f | %+.1f %% | %s | %s | %,d | %.3f | %.3f | %.0f |",
        feature.feature(),
        feature.max(),
        wanted,
        found.meanScore(),
        100 * (found.meanScore() / wanted - 1),
        text(found.estimates().kl()),
        found.annealed().mixing().mixed() ? "yes" : "no",
        found.annealed().evaluations(),
        KernelDistance.between(shown, top),
        KernelDistance.between(top, natural),
        run.seconds());
  }

  private double[] drawn(Path own, StudyResult.ImageResult image) {
    try (Scope scope = Scope.open()) {
      BufferedImage picture = ImageIO.read(own.resolve(image.file()).toFile());
      return seen(Images.toTensor(picture).unsqueeze(0)).get(0);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<double[]> seen(Tensor images) {
    return judge.of(images, Batching.together(TOGETHER)).stream()
        .map(JudgeMeasure.Seen::features)
        .toList();
  }

  private static String text(Estimated estimate) {
    Double error = estimate.standardError();
    String value = String.format(Locale.ROOT, "%.2f", estimate.value());
    return error == null ? value : value + String.format(Locale.ROOT, " ± %.2f", error);
  }
}
