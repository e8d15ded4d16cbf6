package org.tiltlens.metrics;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.tilting.Estimate;

class NeighbourDivergenceTest {
  private static double[][] normal(Random random, int count, int dimensions, double shift) {
    double[][] rows = new double[count][dimensions];
    for (double[] row : rows) {
      Arrays.setAll(row, j -> random.nextGaussian() + (j == 0 ? shift : 0));
    }
    return rows;
  }

  @Test
  void digammaIsThatOfTables() {
    // Abramowitz and Stegun, table 6.1.
    assertThat(NeighbourDivergence.digamma(1)).isCloseTo(-0.5772156649, within(1e-9));
    assertThat(NeighbourDivergence.digamma(2)).isCloseTo(0.4227843351, within(1e-9));
    assertThat(NeighbourDivergence.digamma(10)).isCloseTo(2.2517525890, within(1e-9));
  }

  /** KL of normal distributions of equal variance: half of the squared shift. */
  @ParameterizedTest
  @CsvSource({"1, 0, 0.1", "1, 1, 0.1", "2, 2, 0.2", "4, 2, 0.4", "4, 0, 0.1", "16, 0, 0.15"})
  void isTheKlOfNormalDistributions(int dimensions, double shift, double tolerance) {
    double sum = 0;
    int sets = 40;
    for (int set = 0; set < sets; set++) {
      Random random = new Random(set);
      sum +=
          NeighbourDivergence.of(
                  normal(random, 64, dimensions, shift), normal(random, 2000, dimensions, 0))
              .value();
    }
    assertThat(sum / sets).isCloseTo(shift * shift / 2, within(tolerance));
  }

  @Test
  void copiesOfNaturalVectorsAreFarOff() {
    Random random = new Random(45);
    double[][] natural = normal(random, 1000, 2, 0);
    double[][] copies = new double[16][];
    Arrays.setAll(copies, i -> natural[0]);
    Estimate estimate = NeighbourDivergence.of(copies, natural);
    // All of the weight on a place where one of 250 lies, at the least.
    assertThat(estimate.value()).isGreaterThan(4);
  }

  @Test
  void tooFewVectorsAreRefused() {
    double[][] three = normal(new Random(1), 3, 2, 0);
    assertThatThrownBy(() -> NeighbourDivergence.of(three, three))
        .hasMessageContaining("3 feature vectors: at least 4");
  }
}
