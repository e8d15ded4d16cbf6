package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.ScoreSample;

class FeatureChoiceTest {
  private static final int TOP = 16;

  /**
   * A feature with a peak of {@code peak} deviations and top images {@code first, first + 1, ..}.
   */
  private static FeatureStatistics feature(int index, double frequency, double peak, int first) {
    List<Double> percentiles =
        FeatureStatistics.PERCENTILES.stream().map(p -> p >= 99.5 ? peak : 0.0).toList();
    List<FeatureStatistics.TopImage> top =
        IntStream.range(first, first + TOP)
            .mapToObj(image -> new FeatureStatistics.TopImage(image, peak, 0, 0))
            .toList();
    return new FeatureStatistics(
        index, frequency, frequency, 0, 1, 0, peak, percentiles, top, ScoreSample.of(0, peak));
  }

  private static List<Integer> picked(List<FeatureStatistics> all, int wanted, long seed) {
    return FeatureChoice.of(all, image -> "class " + image / 1000, wanted, seed).picked().stream()
        .map(FeatureStatistics::feature)
        .toList();
  }

  @Test
  void deadAlwaysOnAndFlatFeaturesAreNotShown() {
    List<FeatureStatistics> all =
        List.of(
            feature(0, 0, 5, 0),
            feature(1, 0.9, 5, 100),
            feature(2, 0.1, 2, 200),
            feature(3, 0.1, 5, 300));
    assertThat(FeatureChoice.of(all, image -> "", 1, 1).eligible()).isEqualTo(1);
    assertThat(picked(all, 1, 1)).containsExactly(3);
    assertThat(FeatureChoice.all(all).picked()).containsExactly(all.get(3));
    assertThatThrownBy(() -> picked(all, 2, 1))
        .hasMessageContaining("only 1 features")
        .hasMessageContaining("fewer than 2");
  }

  @Test
  void featuresThatShareTheirTopImagesAreShownOnce() {
    List<FeatureStatistics> all =
        List.of(
            feature(0, 0.1, 5, 0), feature(1, 0.1, 5, TOP - 5), feature(2, 0.1, 5, 2 * TOP - 4));
    // 0 and 1 share five images, 1 and 2 share one, 0 and 2 none.
    for (long seed = 0; seed < 20; seed++) {
      assertThat(picked(all, 2, seed)).contains(2);
    }
  }

  @Test
  void classesTakeTurnsAndTheSeedDecidesTheOrder() {
    List<FeatureStatistics> all = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      // Twenty features of class 0, ten of class 1.
      all.add(feature(i, 0.1, 5, i < 20 ? 30 * i : 1000 + 30 * i));
    }
    List<Integer> four = picked(all, 4, 5);
    assertThat(four.stream().filter(i -> i < 20)).hasSize(2);
    assertThat(picked(all, 4, 5)).isEqualTo(four);
    assertThat(picked(all, 4, 6)).isNotEqualTo(four);
    assertThat(picked(all, 8, 5).subList(0, 4)).isEqualTo(four);
  }
}
