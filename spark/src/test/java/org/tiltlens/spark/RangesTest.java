package org.tiltlens.spark;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class RangesTest {
  @Test
  void imagesAreInOneRangeEach() {
    assertThat(Range.all(40, 16))
        .containsExactly(new Range(0, 16), new Range(16, 32), new Range(32, 40));
  }

  @Test
  void pathsThatAreMissingAreDrawnWhereTheyFollowEachOther() {
    assertThat(SparkPool.ranges(List.of(3, 4, 5, 6, 9, 12, 13), 3))
        .containsExactly(new Range(3, 6), new Range(6, 7), new Range(9, 10), new Range(12, 14));
  }

  @Test
  void partsAreAddedUpEightByEight() {
    List<String> names = Range.all(160, 16).stream().map(Range::name).toList();
    List<Group> groups = Group.of(1, names);
    assertThat(groups).hasSize(2);
    assertThat(groups.get(0).parts()).isEqualTo(names.subList(0, 8));
    assertThat(groups.get(1)).isEqualTo(new Group("sum-1-1", names.subList(8, 10)));
  }
}
