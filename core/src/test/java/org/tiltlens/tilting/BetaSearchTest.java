package org.tiltlens.tilting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BetaSearchTest {
  /** 10,000 scores of a normal distribution: m(beta) is about beta. */
  private static final ScoreSample CORPUS = normal();

  private static ScoreSample normal() {
    Random random = new Random(1);
    return ScoreSample.of(random.doubles(10_000).map(u -> random.nextGaussian()).toArray());
  }

  /** The beta after some pilots of a sampler whose mean is a function of beta. */
  private static double search(double goal, DoubleUnaryOperator mean, int rounds) {
    BetaSearch search = new BetaSearch(CORPUS, goal);
    List<Pilot> pilots = new ArrayList<>();
    for (int i = 0; i < rounds; i++) {
      double beta = search.next(pilots);
      pilots.add(new Pilot(beta, mean.applyAsDouble(beta), 0.01));
    }
    return search.next(pilots);
  }

  @Test
  void startsFromTheCorpus() {
    BetaSearch search = new BetaSearch(CORPUS, 2);
    assertThat(search.next(List.of()))
        .isEqualTo(Tilting.solve(CORPUS, 2))
        .isEqualTo(search.first());
  }

  @ParameterizedTest
  @ValueSource(doubles = {0.2, 0.5, 0.8, 1.3, 3})
  void findsTheBetaOfASamplerThatIsOffByAFactor(double factor) {
    // A sampler of mean factor * beta needs beta = 2 / factor.
    assertThat(search(2, beta -> factor * beta, 6) * factor).isCloseTo(2, within(0.02));
    assertThat(search(-2, beta -> factor * beta, 6) * factor).isCloseTo(-2, within(0.02));
  }

  @Test
  void findsTheBetaOfASamplerThatHardlyMovesAtFirst() {
    // beta^3 / 27 = 2 at beta = 3.78, where the corpus says 2.
    assertThat(search(2, beta -> beta * beta * beta / 27, 8))
        .isCloseTo(Math.cbrt(54), within(0.04));
  }

  @Test
  void samplersThatDoNotAnswerAreTriedHarderWithoutEnd() {
    double beta = search(2, b -> -1, 5);
    assertThat(beta).isCloseTo(Tilting.solve(CORPUS, 2) * Math.pow(3, 5), within(1e-6));
  }

  @Test
  void theNearestPilotIsTakenIfItIsNearHoweverNoisy() {
    BetaSearch search = new BetaSearch(CORPUS, 2);
    Pilot near = new Pilot(1, 2.09, 0.1);
    Pilot far = new Pilot(3, 1.8, 0.5);
    assertThat(search.nearest(List.of(far, near), 0.1)).contains(near);
    assertThat(search.nearest(List.of(far), 0.1)).isEmpty();
    assertThat(search.nearest(List.of(far), 0.25)).contains(far);
    assertThat(search.nearest(List.of(), 1)).isEmpty();
  }

  @Test
  void theErrorOfBetaIsThePilotsOverTheSlope() {
    BetaSearch search = new BetaSearch(CORPUS, 2);
    Pilot near = new Pilot(2, 1.9, 0.3);
    Pilot far = new Pilot(3, 2.4, 0.1);
    // Half a unit of mean a unit of beta.
    assertThat(search.standardError(2.2, List.of(far, near))).hasValueCloseTo(0.6, within(1e-12));
    assertThat(search.standardError(2.8, List.of(far, near))).hasValueCloseTo(0.2, within(1e-12));
    double variance = CORPUS.tilted(search.first()).variance();
    assertThat(search.standardError(2, List.of(near)))
        .hasValueCloseTo(0.3 / variance, within(1e-9));
    Pilot falling = new Pilot(3, 1.2, 0.1);
    assertThat(search.standardError(2, List.of(near, falling)))
        .hasValueCloseTo(0.3 / variance, within(1e-9));
    assertThat(search.standardError(2, List.of())).isEmpty();
    assertThat(search.standardError(2, List.of(Pilot.of(2, 1.9)))).isEmpty();
  }

  @Test
  void pilotHasTheMeanAndItsStandardError() {
    Pilot pilot = Pilot.of(3, 1, 2, 3, 6);
    assertThat(pilot.meanScore()).isEqualTo(3);
    // Sum of squares 14 over 3, over 4.
    assertThat(pilot.standardError()).isCloseTo(Math.sqrt(14.0 / 3 / 4), within(1e-12));
  }
}
