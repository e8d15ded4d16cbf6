package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.Estimate;

class EstimatesTest {
  private static final double[] SCORES = {1, 2, 4, 9};

  @Test
  void imagesOfDifferentOriginsAreIndependent() {
    Estimated mean = Estimates.ofRelatives(SCORES, List.of(7, 3, 8, 11));
    assertThat(mean.value()).isEqualTo(4);
    assertThat(mean.standardError())
        .isCloseTo(Estimate.ofMean(SCORES).standardError(), within(1e-12));
    assertThat(mean.estimator()).isEqualTo("mean of 4 images");
  }

  /**
   * Left out one by one, families leave means of 13/2, 12/3 and 7/3; two thirds of their squares.
   */
  @Test
  void relativesAreLeftOutTogether() {
    Estimated mean = Estimates.ofRelatives(SCORES, List.of(7, 7, 8, 11));
    double[] without = {13.0 / 2, 12.0 / 3, 7.0 / 3};
    double average = (without[0] + without[1] + without[2]) / 3;
    double squares = 0;
    for (double each : without) {
      squares += (each - average) * (each - average);
    }
    assertThat(mean.standardError()).isCloseTo(Math.sqrt(2.0 / 3 * squares), within(1e-12));
    assertThat(mean.estimator()).isEqualTo("mean of 4 images of 3 origins");
  }

  @Test
  void oneFamilyTellsNoError() {
    assertThat(Estimates.ofRelatives(SCORES, List.of(7, 7, 7, 7)).standardError()).isNull();
  }
}
