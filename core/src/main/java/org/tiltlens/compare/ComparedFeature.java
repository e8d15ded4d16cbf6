package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
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
import org.tiltlens.run.Counted;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.WholeFile;
import org.tiltlens.study.StudyModels;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Scope;

/** A feature whose methods are compared: its models, its corpus, and what is aimed at. */
final class ComparedFeature {
  /** Sets of natural images that a floor is the mean over. */
  private static final int FLOORS = 20;

  private final int index;
  private final StudyModels models;
  private final CorpusScores scores;
  private final ScoredHalf calibrating;
  private final ScoredHalf judging;
  private final Target target;
  private final double highest;

  private ComparedFeature(
      int index,
      Target wanted,
      StudyModels models,
      CorpusScores scores,
      CompareSpace space,
      Corpus corpus) {
    this.index = index;
    this.models = models;
    this.scores = scores;
    calibrating = ScoredHalf.of(scores, space.images(CorpusHalf.CALIBRATING));
    judging = ScoredHalf.of(scores, space.images(CorpusHalf.JUDGING));
    target = Aim.complete(wanted, calibrating.sample());
    highest = highest(corpus);
  }

  /**
   * Opens a feature and scores the corpus, or reads the scores of an earlier process.
   *
   * @param space which has read the corpus
   * @param kept where the scores are kept
   */
  static ComparedFeature open(
      int index, CompareContext context, Corpus corpus, CompareSpace space, Path kept)
      throws IOException {
    StudyModels models =
        StudyModels.open(
            context.study(index, 0.0), context.shelf(), context.device(), Progress.SILENT);
    models.requireHarvestOf(context.bundle().models(), context.models());
    if (!Files.exists(kept)) {
      try (Progress.Task task =
          Cancellable.begin(
              context.progress(),
              "scoring the corpus on feature " + index,
              corpus.size(),
              Counted.of("images"))) {
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
    return new ComparedFeature(index, context.spec().target(), models, scores, space, corpus);
  }

  /** The largest value in the map of the calibrating half's top image. */
  private double highest(Corpus corpus) {
    int top = calibrating.top(1).get(0);
    try (Scope scope = Scope.open()) {
      Tensor image = models.device().place(corpus.read(top).orElseThrow().unsqueeze(0));
      return HeatMap.highest(models.maps(image).stream());
    }
  }

  /**
   * What the corpus says of it, before any method finds a beta.
   *
   * @param floor what as many natural images are off by
   */
  CompareResult.Feature onCorpus(Map<ComparedNumber, Double> floor) {
    ScoreSample all = scores.sample();
    return new CompareResult.Feature(
        index,
        models.score().toString(),
        all.mean(),
        all.max(),
        target,
        corpusBeta(),
        null,
        List.of(),
        highest,
        floor);
  }

  int index() {
    return index;
  }

  StudyModels models() {
    return models;
  }

  /** The half that methods are aimed by and draw from. */
  ScoredHalf calibrating() {
    return calibrating;
  }

  /** The half that all is held against. */
  ScoredHalf judging() {
    return judging;
  }

  /** What measures images on it, with percentiles of the judging half. */
  ImageMeasure measure() {
    return ImageMeasure.of(models.score(), Optional.of(judging.sample()));
  }

  /** What is aimed at: activation and percentile. */
  Target target() {
    return target;
  }

  /** Where the calibrating half's tilt has the wanted mean. */
  double corpusBeta() {
    return Tilting.solve(calibrating.sample(), target.activation());
  }

  /** The value of full colour in activation maps. */
  double highest() {
    return highest;
  }

  /**
   * Natural images of a mean score, or the nearest that there are enough of.
   *
   * @param mean wanted
   * @param count how many
   */
  ReferenceSet sameScore(double mean, int count, CompareSpace space, long seed) {
    double beta = Tilting.solve(judging.sample(), judging.reachable(mean));
    return space.of(judging.drawn(beta, count, seed));
  }

  /**
   * What as many natural images as a method has are off by, drawn from the calibrating half: by the
   * tilt for the numbers at the same score, and all alike for those of the corpus. Means over
   * {@value #FLOORS} sets, as one is mostly chance.
   */
  Map<ComparedNumber, Double> floor(CompareSpec spec, CompareSpace space) {
    ReferenceSet same =
        sameScore(target.activation(), spec.measures().reference(), space, spec.seed());
    double beta = corpusBeta();
    Map<ComparedNumber, Double> floor = new EnumMap<>(ComparedNumber.class);
    for (int set = 0; set < FLOORS; set++) {
      // Seeds of their own, or the first set would be soft retrieval's.
      long seed = spec.seed() - 1 - set;
      double[][] tilted = space.rows(calibrating.drawn(beta, spec.count(), seed));
      double[][] natural = space.rows(calibrating.drawn(0, spec.count(), seed));
      add(floor, ComparedNumber.FRECHET_SAME_SCORE, same.frechet().of(tilted));
      add(floor, ComparedNumber.KERNEL_SAME_SCORE, same.kernel().of(tilted));
      add(floor, ComparedNumber.FRECHET_CORPUS, space.corpus().frechet().of(natural));
      add(floor, ComparedNumber.KERNEL_CORPUS, space.corpus().kernel().of(natural));
      space
          .corpus()
          .divergence(natural)
          .ifPresent(kl -> add(floor, ComparedNumber.KL_FROM_IMAGES, kl.value()));
    }
    return floor;
  }

  private static void add(Map<ComparedNumber, Double> floor, ComparedNumber number, double value) {
    floor.merge(number, value / FLOORS, Double::sum);
  }

  /** All features' scores, for ranks. */
  FeatureScores all() {
    UnitScore score = models.score();
    SparseDictionary dictionary = ((Unit.DictionaryFeature) score.unit()).dictionary();
    return new FeatureScores(
        score.vision(), score.at(), dictionary, score.reduction(), score.crop());
  }
}
