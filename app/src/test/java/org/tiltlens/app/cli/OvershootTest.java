package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiltlens.study.StudyResult;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.tilting.Pilot;
import org.tiltlens.tilting.Target;

class OvershootTest {
  private static StudyResult.ImageResult image(int k, double score) {
    return new StudyResult.ImageResult(
        k + ".png", k + ".safetensors", k, null, null, score, null, null, 1, null);
  }

  private static StudyResult.UnitResult unit(
      Target target, List<Pilot> pilots, List<StudyResult.ImageResult> images) {
    Estimates estimates =
        new Estimates(new Estimated(1, null, "mean of images"), null, null, null, null);
    return new StudyResult.UnitResult(
        "feature:3@pre",
        3,
        "klsc",
        "tilt",
        null,
        1.0,
        target,
        null,
        pilots,
        null,
        null,
        null,
        images,
        null,
        1,
        estimates,
        null,
        null,
        null,
        null);
  }

  @Test
  void onePilotImageThatCarriesTheMeanIsSaid() {
    List<Pilot> pilots = List.of(Pilot.of(0.5, 1, 2, 3), Pilot.of(0.8, 2, 2, 82.9, 2));
    assertThat(Overshoot.of(unit(Target.activation(10), pilots, List.of(image(0, 9)))))
        .isEqualTo(
            "1 of 2 pilots overshot: at beta 0.8000 one image scored 82.9000 for a mean of 22.2250,"
                + " where 10.0000 was wanted\n");
  }

  @Test
  void soIsAnImageOfTheRun() {
    List<StudyResult.ImageResult> images = List.of(image(0, 9), image(1, 40), image(2, 11));
    assertThat(Overshoot.of(unit(Target.activation(10), List.of(), images)))
        .isEqualTo(
            "1 of 3 images overshot: 1.png scores 40.0000, 4.0 times the wanted 10.0000; the mean"
                + " of the others is 10.0000\n");
  }

  @Test
  void whatIsNearOrAimedAtNothingSaysNothing() {
    List<StudyResult.ImageResult> images = List.of(image(0, 29), image(1, -40));
    List<Pilot> unknown = List.of(new Pilot(1, 2, 3));
    assertThat(Overshoot.of(unit(Target.activation(10), unknown, images))).isEmpty();
    assertThat(Overshoot.of(unit(null, List.of(Pilot.of(1, 99)), images))).isEmpty();
  }

  /** Of a target below 0 what is farther below. */
  @Test
  void aTiltDownwardsOvershootsDownwards() {
    assertThat(Overshoot.of(unit(Target.activation(-1), List.of(), List.of(image(0, -4)))))
        .contains("0.png scores -4.0000, 4.0 times the wanted -1.0000");
  }
}
