package org.tiltlens.retrieve;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.Unit;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.models.OpenUnit;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.synthesis.Retrieval;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

/**
 * The images that stand for a tilt of the corpus, and what the corpus says of the tilt.
 *
 * @param spec what was asked for
 * @param corpus where the images are; stays its owner's to close
 * @param scores of the corpus' images
 * @param target activation and percentile aimed at; null if beta was given
 * @param sample the scores by themselves
 * @param tilt the corpus tilted
 */
record RetrievedImages(
    RetrievalSpec spec,
    Corpus corpus,
    CorpusScores scores,
    Target target,
    ScoreSample sample,
    TiltedScores tilt) {
  private static final String METHOD = "retrieval";

  /**
   * Tilts the corpus as the spec wants it.
   *
   * @throws IllegalArgumentException if no tilt reaches the spec's target
   */
  static RetrievedImages of(RetrievalSpec spec, Corpus corpus, CorpusScores scores) {
    ScoreSample sample = scores.sample();
    Target target = spec.target() == null ? null : Aim.complete(spec.target(), sample);
    double beta = target == null ? spec.beta() : Tilting.solve(sample, target.activation());
    return new RetrievedImages(spec, corpus, scores, target, sample, sample.tilted(beta));
  }

  /**
   * Writes the pictures.
   *
   * @param caveat of the unit's score, if there is one
   */
  RetrievalResult.UnitResult writeTo(RunFolder run, Unit unit, Optional<String> caveat)
      throws IOException {
    Retrieval retrieval = Retrieval.of(scores.scores(), tilt.beta());
    List<Integer> chosen =
        spec.order() == RetrievalSpec.Order.DRAWN
            ? retrieval.drawn(spec.count(), spec.seed())
            : retrieval.ranked(spec.count());
    double[] weights = retrieval.weights().values();
    String name = METHOD + "/" + OpenUnit.fileNameOf(unit) + "-";
    List<RetrievalResult.ImageResult> images = new ArrayList<>();
    for (int i = 0; i < chosen.size(); i++) {
      images.add(image(run, name + i + ".png", chosen.get(i), weights[chosen.get(i)]));
    }
    return new RetrievalResult.UnitResult(
        spec.unit(),
        unit instanceof Unit.DictionaryFeature feature ? feature.index() : null,
        METHOD,
        tilt.beta(),
        target,
        images,
        images.stream().mapToDouble(RetrievalResult.ImageResult::score).average().orElseThrow(),
        tilt.mean(),
        tilt.logZ(),
        tilt.kl(),
        RetrievalResult.StandardErrors.of(tilt.estimate()),
        tilt.ess(),
        sample.size(),
        Math.log(sample.size()),
        Stream.of(exhausted(), caveat)
            .flatMap(Optional::stream)
            .reduce((a, b) -> a + "; " + b)
            .orElse(null));
  }

  private Optional<String> exhausted() {
    return tilt.isExhausted()
        ? Optional.of(
            String.format(
                Locale.ROOT,
                "KL %.2f is more than %.0f %% of log N = %.2f, and %.1f of %d images carry the"
                    + " weight: the corpus can no longer tell; ask for less, or give more images",
                tilt.kl(),
                100 * TiltedScores.TRUSTED_SHARE,
                Math.log(sample.size()),
                tilt.ess(),
                sample.size()))
        : Optional.empty();
  }

  private RetrievalResult.ImageResult image(RunFolder run, String file, int place, double weight)
      throws IOException {
    int index = scores.images().get(place);
    double score = scores.scores().get(place);
    try (Scope scope = Scope.open()) {
      Tensor read =
          corpus
              .read(index)
              .orElseThrow(() -> new IOException("image " + index + " can no longer be read"));
      BufferedImage picture = Images.toImage(read);
      WholeFile.writePng(run.file(file), picture);
    }
    return new RetrievalResult.ImageResult(
        file,
        index,
        corpus.name(index),
        corpus.className(index).orElse(null),
        score,
        sample.percentileOf(score),
        weight);
  }
}
