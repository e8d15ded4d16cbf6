package org.tiltlens.study;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;
import org.tiltlens.annealing.Mixing;
import org.tiltlens.annealing.Rung;

class AnnealedReportTest {
  private static final Mixing MIXED = new Mixing(true, "all is well");

  private static AnnealedReport report(double ess, Mixing mixing, double... betas) {
    List<Rung> rungs =
        DoubleStream.of(betas).mapToObj(beta -> new Rung(beta, ess, List.of())).toList();
    return new AnnealedReport(2048, ess, null, 16, 12, 16, mixing, 1000, rungs);
  }

  @Test
  void whatRestsOnFewPathsSaysSo() {
    assertThat(report(14.6, MIXED, 2).caveat())
        .isEqualTo(
            "The numbers rest on 15 effective paths of the pool and are rough: a larger pool tells"
                + " more");
    assertThat(report(14.6, MIXED, 2, 2).restsOnFew()).as("on two islands at one tilt").isTrue();
    assertThat(report(30, MIXED, 2).caveat()).isNull();
    assertThat(report(2, MIXED, 2, 3).caveat()).as("annealed").isNull();
  }

  @Test
  void whatMayNotPassSaysWhy() {
    assertThat(report(14.6, new Mixing(false, "raise the moves"), 2, 3).caveat())
        .isEqualTo("May not pass for samples of the tilt: raise the moves");
  }
}
