package org.tiltlens.run;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Locale;
import org.junit.jupiter.api.Test;

/** A message names fields as its reader knows them, and leaves values alone. */
class SpecExceptionTest {
  @Test
  void fieldsAreNamedAsTheReaderKnowsThem() {
    SpecException failure =
        new SpecException("{mixAlpha} %s has a meaning only with {reduction} mix", "0.5");
    assertThat(failure).hasMessage("mixAlpha 0.5 has a meaning only with reduction mix");
    assertThat(failure.message(field -> "<" + field.toUpperCase(Locale.ROOT) + ">"))
        .isEqualTo("<MIXALPHA> 0.5 has a meaning only with <REDUCTION> mix");
  }

  @Test
  void valuesStayWhatTheyAre() {
    SpecException failure = new SpecException("'%s' is no {unit}: 100%%", "{count} $1 100% %s \\");
    assertThat(failure).hasMessage("'{count} $1 100% %s \\' is no unit: 100%");
    assertThat(failure.message(field -> "$1 50% \\" + field))
        .isEqualTo("'{count} $1 100% %s \\' is no $1 50% \\unit: 100%");
  }

  @Test
  void aMissingValueIsShownAsSuch() {
    assertThat(new SpecException("{vision} %s", (Object) null)).hasMessage("vision null");
  }
}
