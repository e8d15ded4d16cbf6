package org.tiltlens.compare;

import java.io.IOException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.measuring.JudgeMeasure;
import org.tiltlens.metrics.JudgeFeature;
import org.tiltlens.models.OpenJudge;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.study.SharedPool;
import org.tiltlens.study.StudySpec;

/**
 * A bundle's judge, and what it sees in the judging half of the corpus and in the pool: looked at
 * once, if at all.
 */
final class CompareJudge {
  private final CompareContext context;
  private final Corpus corpus;
  private final CompareSpace space;
  private final ComparePool pool;
  private JudgeMeasure measure;
  private List<JudgeMeasure.Seen> ofCorpus;
  private List<JudgeMeasure.Seen> ofPool;

  CompareJudge(CompareContext context, Corpus corpus, CompareSpace space, ComparePool pool) {
    this.context = context;
    this.corpus = corpus;
    this.space = space;
    this.pool = pool;
  }

  /**
   * What it holds a feature's images against; empty if there is no judge.
   *
   * @throws org.tiltlens.torch.NotFiniteException if it sees a number that is NaN or infinite
   */
  Optional<JudgedTilt> of(ComparedFeature feature) throws IOException {
    if (!context.judged()) {
      return Optional.empty();
    }
    if (measure == null) {
      look(feature.models().score());
    }
    return Optional.of(
        JudgedTilt.of(
            measure,
            fitted(feature.judging()),
            feature.target().activation(),
            poolScores(feature),
            ofPool));
  }

  /** Empty if nothing goes with the score, which may be the same on half of the corpus. */
  private Optional<JudgeFeature> fitted(ScoredHalf scores) {
    double[] each = scores.scores().stream().mapToDouble(Double::doubleValue).toArray();
    double[][] rows = JudgedTilt.rows(seenIn(scores.images()));
    try {
      return Optional.of(JudgeFeature.of(each, rows, context.spec().seed()));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** All units of a comparison are reduced alike. */
  private void look(UnitScore any) throws IOException {
    OpenJudge judge = context.shelf().judge(context.bundle(), context.device()).orElseThrow();
    measure =
        new JudgeMeasure(judge.vision(), judge.head(), judge.hook(), any.reduction(), any.crop());
    List<Integer> half = space.images(CorpusHalf.JUDGING);
    ofCorpus =
        seen(
            "judging the corpus",
            half.size(),
            (from, to) -> corpus.read(half.subList(from, to)).orElseThrow());
    SharedPool natural = pool.open();
    ofPool =
        seen(
            "judging the pool",
            natural.pool().size(),
            (from, to) -> natural.pool().images().read(from, to).orElseThrow());
  }

  /** Some images of a corpus. */
  @FunctionalInterface
  private interface Reader {
    Corpus.Batch read(int from, int to);
  }

  private List<JudgeMeasure.Seen> seen(String what, int size, Reader images) {
    try (Progress.Task task =
        Cancellable.begin(context.progress(), what, size, Counted.of("images"))) {
      return measure.each(
          size,
          (from, to) -> context.device().place(images.read(from, to).images()),
          context.lanes(),
          task::advance);
    }
  }

  /** What it sees in some images of the corpus. */
  private List<JudgeMeasure.Seen> seenIn(List<Integer> images) {
    List<Integer> all = space.images(CorpusHalf.JUDGING);
    return images.stream()
        .map(image -> ofCorpus.get(Collections.binarySearch(all, image)))
        .toList();
  }

  private double[] poolScores(ComparedFeature feature) throws IOException {
    SharedPool natural = pool.open();
    StudySpec study = context.exact(feature.index(), feature.target());
    try (Progress.Task task =
        Cancellable.begin(
            context.progress(),
            "scoring the pool on feature " + feature.index(),
            natural.pool().size(),
            Counted.of("images"))) {
      natural.score(
          Map.of(study.score(), feature.models().score()),
          context.device(),
          context.lanes(),
          task::advance);
    }
    return natural.energies(study.score(), study.objective());
  }
}
