package org.tiltlens.run;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class CountedTest {
  @Test
  void stepsAreToldAsWhatPeopleCount() {
    assertThat(new Counted("images", 50).text(149, 800)).isEqualTo("2 of 16 images");
    assertThat(new Counted("images", 50).text(149, 0)).isEqualTo("2 images");
    assertThat(Counted.STEPS.text(149, 800)).isEqualTo("149 of 800");
  }

  @Test
  void unlikeWorkIsToldByItsShare() {
    assertThat(Counted.share(1_234_567).text(534_567, 1_234_567)).isEqualTo("43 %");
    assertThat(Counted.share(7).text(3, 7)).isEqualTo("42 %");
    assertThat(Counted.share(250).text(250, 250)).isEqualTo("100 %");
  }
}
