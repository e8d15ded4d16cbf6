package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.feature.Objective;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;

/** Log Z and the certificate of guided images, from paths that know of no guidance. */
class ToldByPoolTest {
  private static final ScoreGradient GRADIENT = new ScoreGradient.ThroughPrior();
  private static final ScoreSample POOL =
      ScoreSample.of(IntStream.range(0, 1000).mapToDouble(i -> i / 500.0 - 1).toArray());

  @TempDir private Path folder;

  private static StudyResult.ImageResult image(int sample, double score, double pathKl) {
    return new StudyResult.ImageResult("", "", sample, null, null, score, null, null, 0, pathKl);
  }

  private static Estimates told(ScoreSample pool, Double beta, double pathKl) {
    List<StudyResult.ImageResult> images =
        List.of(image(0, 0.1, pathKl), image(1, 0.5, pathKl + 1));
    Estimates ladders =
        new Estimates(
            new Estimated(0.3, 0.2, "images"),
            new Estimated(pathKl, 0.5, "paths"),
            new Estimated(7, 1.0, "ladder"),
            new Estimated(8, 1.0, "ladder"),
            new Estimated(9, 1.0, "ladder"));
    return new ToldByPool(pool).complete(ladders, beta, new Objective.Maximize(), images);
  }

  @Test
  void thePoolsLogZTakesThePlaceOfTheLadders() {
    Estimates told = told(POOL, 1.0, 4);
    TiltedScores tilt = POOL.tilted(1);
    assertThat(told.logZ().value()).isEqualTo(tilt.logZ());
    assertThat(told.kl().value()).isEqualTo(tilt.kl());
    assertThat(told.logZ().estimator()).startsWith("importance weights of 1000 pool paths, ");
    assertThat(told.certificate().value()).isCloseTo(4.5 - 0.3 + tilt.logZ(), within(1e-12));
    assertThat(told.certificate().estimator()).contains("log Z by importance weights of 1000 pool");
    // Of 4 - 0.1 and 5 - 0.5, and of the pool.
    assertThat(told.certificate().standardError())
        .isCloseTo(Math.hypot(0.3, tilt.estimate().logZ().standardError()), within(1e-12));
  }

  @Test
  void whereThePoolCannotTellTheLadderDoes() {
    ScoreSample few = ScoreSample.of(0, 1, 2, 3, 4);
    assertThat(told(few, 1.0, 4).certificate().estimator()).isEqualTo("ladder");
    assertThat(told(few, 1.0, 4).logZ().value()).isEqualTo(8);
  }

  /** No beta is theirs, so nothing is said of log Z. */
  @Test
  void imagesWithoutATiltAreHeldAgainstTheOneOfTheirMean() {
    Estimates told = told(POOL, null, 4);
    TiltedScores tilt = POOL.tilted(Tilting.solve(POOL, 0.3));
    assertThat(told.certificate().value()).isCloseTo(4.5 - tilt.kl(), within(1e-9));
    assertThat(told.certificate().estimator()).contains("at the pool's tilt of this mean, beta ");
    assertThat(told.logZ().estimator()).isEqualTo("ladder");
    assertThat(told(ScoreSample.of(5, 6, 7, 8), null, 4).certificate().estimator())
        .as("a mean that no tilt of the pool has")
        .isEqualTo("ladder");
  }

  @Test
  void aNegativeCertificateSaysWhatItIs() {
    assertThat(ToldByPool.certified(new Estimate(-0.3, 0.2), "x").estimator())
        .endsWith("x; below 0 within its error, as 0 would be");
    assertThat(ToldByPool.certified(new Estimate(-0.3, 0.1), "x").estimator())
        .endsWith("x; below 0 by more than its error: log Z is off");
    assertThat(ToldByPool.certified(new Estimate(0.3, 0.1), "x").estimator()).endsWith("x");
  }

  @Test
  void aRunNamesItsEstimator() throws IOException {
    StudySpec tilted = StudyRuns.spec(2, 0.1);
    StudySpec told =
        new StudySpec(
            tilted.models(),
            tilted.score(),
            tilted.objective(),
            new GuidanceSpec.Tilt(
                tilted.guidance().aim(),
                null,
                GRADIENT,
                Strength.FULL,
                new PoolChoice.Drawn(16, 3)),
            tilted.steps(),
            2,
            tilted.seed());
    StudyResult.UnitResult found = StudyRuns.run(told, 1, folder.resolve("told")).results().get(0);
    assertThat(StudyRuns.specResult(folder.resolve("told")).spec()).isEqualTo(told);
    StudyResult.UnitResult plain =
        StudyRuns.run(tilted, 1, folder.resolve("plain")).results().get(0);
    assertThat(found.images()).isEqualTo(plain.images());
    assertThat(found.certificate())
        .isCloseTo(found.pathKl() - 0.1 * found.meanScore() + found.logZ(), within(1e-9));
    assertThat(found.estimates().certificate().estimator()).contains("16 pool paths");
    assertThat(plain.certificate()).isNull();
  }
}
