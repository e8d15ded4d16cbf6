package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Fields are options, and most of them of the same name. */
class FieldNamesTest {
  @ParameterizedTest
  @CsvSource({
    "particles, --particles",
    "targetPercentile, --target-percentile",
    "mixAlpha, --mix-alpha",
    "folder, --out"
  })
  void aFieldIsAnOption(String field, String option) {
    assertThat(FieldNames.option(field)).isEqualTo(option);
  }
}
