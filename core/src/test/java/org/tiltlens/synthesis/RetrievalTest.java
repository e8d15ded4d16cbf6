package org.tiltlens.synthesis;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.tilting.ScoreSample;

class RetrievalTest {
  private static final List<Double> SCORES = List.of(1.0, 3.0, 2.0, 3.0);

  @Test
  void weightsAreThoseOfTheTilt() {
    double[] weights = Retrieval.of(SCORES, Math.log(2)).weights().values();
    assertThat(weights)
        .containsExactly(new double[] {2 / 22., 8 / 22., 4 / 22., 8 / 22.}, within(1e-15));
    double[] tilt = ScoreSample.of(1, 2, 3, 3).tilted(Math.log(2)).weights();
    assertThat(weights[2]).isCloseTo(tilt[1], within(1e-15));
  }

  @Test
  void ranksByWeightAndThenInOrder() {
    assertThat(Retrieval.of(SCORES, 1).ranked(3)).containsExactly(1, 3, 2);
    assertThat(Retrieval.of(SCORES, -1).ranked(9)).containsExactly(0, 2, 1, 3);
    assertThat(Retrieval.of(SCORES, 0).ranked(2)).containsExactly(0, 1);
  }

  @Test
  void topKIsTheHeadOfTheSortedScores() {
    List<Double> scores = new Random(4).doubles(500, -3, 3).boxed().toList();
    List<Double> sorted = scores.stream().sorted(Comparator.reverseOrder()).toList();
    List<Integer> top = Retrieval.topK(scores, 16);
    assertThat(top.stream().map(scores::get).toList()).isEqualTo(sorted.subList(0, 16));
    assertThat(Retrieval.topK(SCORES, 9)).containsExactly(1, 3, 2, 0);
    assertThat(Retrieval.topK(SCORES, 0)).isEmpty();
  }

  @Test
  void drawsFollowTheWeights() {
    Retrieval retrieval = Retrieval.of(SCORES, Math.log(2));
    int draws = 100_000;
    List<Integer> drawn = retrieval.drawn(draws, 3);
    double[] weights = retrieval.weights().values();
    for (int i = 0; i < weights.length; i++) {
      int image = i;
      double share = drawn.stream().filter(each -> each == image).count() / (double) draws;
      assertThat(share).isCloseTo(weights[i], within(4 * Math.sqrt(0.25 / draws)));
    }
  }

  @Test
  void theFirstDrawsAreTheSameWhateverTheCountAndOthersWithAnotherSeed() {
    Retrieval retrieval = Retrieval.of(IntStream.range(0, 1000).mapToObj(i -> 0.0).toList(), 1);
    assertThat(retrieval.drawn(50, 7)).startsWith(retrieval.drawn(5, 7).toArray(Integer[]::new));
    assertThat(retrieval.drawn(50, 7)).isNotEqualTo(retrieval.drawn(50, 8));
  }
}
