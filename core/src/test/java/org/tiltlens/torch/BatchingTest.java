package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class BatchingTest {
  private static final Lanes LANES = new Lanes(2, 1);

  @Test
  void groupsAreConsecutive() {
    List<String> groups = new Batching(4, LANES).map(10, (first, count) -> first + " and " + count);
    assertThat(groups).containsExactly("0 and 4", "4 and 4", "8 and 2");
  }

  /** Fewer of large images, and what is asked for anyway. */
  @Test
  void aSetGoesAFewTogetherOnTheProcessor() {
    Batching alone = Batching.oneByOne(LANES);
    assertThat(alone.ofSet(Device.CPU, 3, 32, 32)).isEqualTo(new Batching(4, LANES));
    assertThat(alone.ofSet(Device.CPU, 3, 128, 128)).isEqualTo(new Batching(2, LANES));
    assertThat(alone.ofSet(Device.CPU, 3, 256, 256)).isEqualTo(alone);
    Batching many = new Batching(16, LANES);
    assertThat(many.ofSet(Device.CPU, 3, 32, 32)).isEqualTo(many);
    assertThat(alone.ofSet(new Device("cuda:0"), 3, 32, 32)).isEqualTo(alone);
  }
}
