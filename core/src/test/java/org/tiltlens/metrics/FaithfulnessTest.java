package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.ScoreSample;

class FaithfulnessTest {
  @Test
  void theMeanStandsAmongTheCorpus() {
    ScoreSample corpus = ScoreSample.of(0, 1, 2, 3, 4);
    Faithfulness faithfulness =
        Faithfulness.of(new double[] {1, 2, 3.6, 4}, new double[] {0, 2, 3.5, 4}, corpus);
    assertThat(faithfulness.meanScore()).isCloseTo(2.65, within(1e-12));
    assertThat(faithfulness.percentile()).isCloseTo(66.25, within(1e-9));
    assertThat(faithfulness.activeShare()).isEqualTo(0.75);
    assertThat(Faithfulness.of(new double[] {9}, new double[] {0}, corpus))
        .isEqualTo(new Faithfulness(9, 100, 0));
  }

  @Test
  void faithfulnessRefusals() {
    ScoreSample corpus = ScoreSample.of(0, 1);
    assertThatThrownBy(() -> Faithfulness.of(new double[1], new double[2], corpus))
        .hasMessageContaining("1 scores before and 2 after");
    assertThatThrownBy(() -> Faithfulness.of(new double[0], new double[0], corpus))
        .hasMessageContaining("0 scores");
    assertThatThrownBy(
            () -> Faithfulness.of(new double[] {1, Double.NaN}, new double[] {1, 1}, corpus))
        .hasMessageContaining("NaN");
  }

  @Test
  void ranksCountTheStronger() {
    double[][] scores = {
      {0.1, 5, 3, 4}, // feature 2: third
      {-1, -3, 0, -2}, // first
      {2, 2, 2, 2}, // the middle of 1..4
      {7, 1, 1, 8}, // shares 3 and 4
    };
    FeatureRank rank = FeatureRank.of(scores, 2);
    assertThat(rank.ranks()).containsExactly(3.0, 1.0, 2.5, 3.5);
    assertThat(rank.features()).isEqualTo(4);
    assertThat(rank.mean()).isEqualTo(2.5);
    assertThat(rank.median()).isEqualTo(2.75);
    assertThat(FeatureRank.of(scores, 0).ranks()).containsExactly(4.0, 2.0, 2.5, 2.0);
    double[][] rivals = {{Double.NaN, 2, 3}};
    assertThat(FeatureRank.of(rivals, 1).ranks()).containsExactly(2.0);
  }

  @Test
  void rankRefusals() {
    assertThatThrownBy(() -> FeatureRank.of(new double[0][], 0)).hasMessageContaining("no images");
    assertThatThrownBy(() -> FeatureRank.of(new double[][] {{1, 2}}, 2))
        .hasMessageContaining("feature 2")
        .hasMessageContaining("0..1");
    assertThatThrownBy(() -> FeatureRank.of(new double[][] {{1, 2}, {1}}, 1))
        .hasMessageContaining("1 scores");
    assertThatThrownBy(() -> FeatureRank.of(new double[][] {{Double.NaN, 2}}, 0))
        .hasMessageContaining("NaN");
  }
}
