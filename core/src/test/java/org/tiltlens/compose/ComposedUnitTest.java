package org.tiltlens.compose;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.tilting.Target;

class ComposedUnitTest {
  @Test
  void readsHowFarAUnitShouldGo() {
    assertThat(ComposedUnit.parse("feature:81@pre@2,3 activation=2.5  cap=8"))
        .isEqualTo(
            new ComposedUnit("feature:81@pre@2,3", null, Target.activation(2.5), false, 8.0));
    assertThat(ComposedUnit.parse("channel:7 beta=-2"))
        .isEqualTo(new ComposedUnit("channel:7", -2.0, null, false, null));
    assertThat(ComposedUnit.parse("channel:7 hold"))
        .isEqualTo(new ComposedUnit("channel:7", null, null, true, null));
    assertThat(ComposedUnit.parse("channel:7"))
        .isEqualTo(new ComposedUnit("channel:7", null, Target.percentile(99), false, null));
  }

  @ParameterizedTest
  @CsvSource({
    "'', such as 'feature:81@pre@2|3 cap=8'",
    "feature:1 gain=2, unknown setting 'gain=2': use beta=B",
    "feature:1 beta=two, setting 'beta=two' has no number",
    "feature:1 beta, setting 'beta' has no number",
    "feature:1 beta=NaN, illegal beta: NaN",
    "feature:1 beta=1 hold, expected one of beta=B",
    "feature:1 activation=1 percentile=3, one of activation=M and percentile=P",
    "feature:1 percentile=101, illegal `targetPercentile`: 101.0",
    "feature:1 cap=Infinity, illegal cap: Infinity"
  })
  void saysWhatItDoesNotUnderstand(String text, String message) {
    assertThatThrownBy(() -> ComposedUnit.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message.replace('|', ','));
  }
}
