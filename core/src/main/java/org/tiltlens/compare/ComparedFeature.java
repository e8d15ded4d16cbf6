package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.harvest.FeatureScores;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.measuring.ImageMeasure;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.WholeFile;
import org.tiltlens.study.StudyModels;
import org.tiltlens.synthesis.Retrieval;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Scope;

/** A feature whose methods are compared: its models, its corpus, and what is aimed at. */
final class ComparedFeature {
  /** With fewer effective images a corpus' tilt stands for nothing. */
  static final double LEAST_ESS = 10;

  private static final int HALVINGS = 60;

  private final int index;
  private final StudyModels models;
  private final CorpusScores scores;
  private final ScoreSample sample;
  private final Target target;
  private final double highest;
  private final double lowestMean;
  private final double highestMean;

  private ComparedFeature(
      int index, Target wanted, StudyModels models, CorpusScores scores, double highest) {
    this.index = index;
    this.models = models;
    this.scores = scores;
    this.highest = highest;
    sample = scores.sample();
    target = Aim.complete(wanted, models.corpusScores().orElse(sample));
    highestMean = sample.tilted(trusted(1)).mean();
    lowestMean = sample.tilted(trusted(-1)).mean();
  }

  /**
   * Opens a feature and scores the corpus, or reads the scores of an earlier process.
   *
   * @param kept where the scores are kept
   * @param wanted target of the comparison
   */
  static ComparedFeature open(
      int index, Target wanted, CompareContext context, Corpus corpus, Path kept)
      throws IOException {
    StudyModels models =
        StudyModels.open(
            context.study(index, 0.0), context.shelf(), context.device(), Progress.SILENT);
    models.requireHarvestOf(context.bundle().models(), context.models());
    if (!Files.exists(kept)) {
      try (Progress.Task task =
          Cancellable.begin(
              context.progress(), "scoring the corpus on feature " + index, corpus.size())) {
        CorpusScores scores =
            CorpusScores.of(
                corpus,
                corpus.size(),
                models.score(),
                context.device(),
                context.lanes(),
                task::advance);
        WholeFile.writeText(kept, Json.write(scores));
      }
    }
    CorpusScores scores = Json.read(kept, null, CorpusScores.class);
    return new ComparedFeature(index, wanted, models, scores, highest(models, scores, corpus));
  }

  /** The largest value in the map of the corpus' top image. */
  private static double highest(StudyModels models, CorpusScores scores, Corpus corpus) {
    int top = scores.images().get(Retrieval.topK(scores.scores(), 1).get(0));
    try (Scope scope = Scope.open()) {
      Tensor image = models.device().place(corpus.read(top).orElseThrow().unsqueeze(0));
      return HeatMap.highest(Stream.<double[][]>of(models.map(image)));
    }
  }

  /** The strongest beta of a sign whose tilt of the corpus still has enough effective images. */
  private double trusted(int sign) {
    double low = 0;
    double high = 1;
    while (sample.tilted(sign * high).ess() > LEAST_ESS && high < 1e12) {
      low = high;
      high *= 2;
    }
    for (int i = 0; i < HALVINGS; i++) {
      double middle = (low + high) / 2;
      if (sample.tilted(sign * middle).ess() > LEAST_ESS) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return sign * low;
  }

  /** What the corpus says of it, before any method finds a beta. */
  CompareResult.Feature onCorpus() {
    return new CompareResult.Feature(
        index,
        models.score().toString(),
        sample.mean(),
        sample.max(),
        target,
        corpusBeta(),
        null,
        List.of(),
        highest);
  }

  int index() {
    return index;
  }

  StudyModels models() {
    return models;
  }

  /** What the corpus scores, image by image. */
  CorpusScores scores() {
    return scores;
  }

  ScoreSample sample() {
    return sample;
  }

  /** What measures images on it, with percentiles of all of the corpus. */
  ImageMeasure measure() {
    return ImageMeasure.of(models.score(), Optional.of(sample));
  }

  /** What is aimed at: activation and percentile. */
  Target target() {
    return target;
  }

  double corpusBeta() {
    return Tilting.solve(models.corpusScores().orElse(sample), target.activation());
  }

  /** The value of full colour in activation maps. */
  double highest() {
    return highest;
  }

  /** The corpus' images of the highest scores, as indices in the corpus. */
  List<Integer> top(int count) {
    return Retrieval.topK(scores.scores(), count).stream().map(scores.images()::get).toList();
  }

  /** Images of the corpus drawn by exp(beta s), as indices in the corpus. */
  List<Integer> drawn(double beta, int count, long seed) {
    return Retrieval.of(scores.scores(), beta).drawn(count, seed).stream()
        .map(scores.images()::get)
        .toList();
  }

  /**
   * The mean score nearest to a wanted one that a tilt of the corpus has with at least {@value
   * #LEAST_ESS} effective images.
   */
  double reachable(double mean) {
    return Math.max(lowestMean, Math.min(highestMean, mean));
  }

  /** All features' scores, for ranks. */
  FeatureScores all() {
    UnitScore score = models.score();
    SparseDictionary dictionary = ((Unit.DictionaryFeature) score.unit()).dictionary();
    return new FeatureScores(
        score.vision(), score.at(), dictionary, score.reduction(), score.crop());
  }
}
