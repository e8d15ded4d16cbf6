package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.api.Test;

class ShortNameTest {
  @Test
  void longNamesKeepTheirEnds() {
    assertThat(ShortName.of("train/bird/0338.jpg")).isEqualTo("0338.jpg");
    assertThat(ShortName.of("a/5e982004-dc73-41b7-a784-ba316570fc1e.jpg"))
        .isEqualTo("5e982004-dc…570fc1e.jpg");
  }

  /** What others wrote into a network's metadata is no size unless it is one. */
  @Test
  void framingsAreReadFromMetadata() {
    for (Framing framing : new Framing[] {Framing.crop(32), Framing.pad(256)}) {
      assertThat(Framing.stated(framing.metadata())).contains(framing);
    }
    assertThat(Framing.stated(Map.of("image_size", "64"))).contains(Framing.crop(64));
    for (String nonsense : new String[] {"", "0", "-3", "4097", "99999999999", "32 x 32"}) {
      assertThat(Framing.stated(Map.of("image_size", nonsense))).as(nonsense).isEmpty();
    }
    assertThat(Framing.stated(Map.of())).isEmpty();
  }
}
