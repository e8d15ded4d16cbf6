package org.tiltlens.feature;

import static org.tiltlens.golden.Goldens.TOLERANCE;
import static org.tiltlens.golden.Goldens.assertClose;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.golden.GoldenRun;
import org.tiltlens.torch.Scope;

/** The whole score, from image to number, against the authors' guided sampling run. */
@Tag("golden")
class UnitScoreGoldenTest {
  @Test
  void scoreOfSampledImagesAgrees() {
    assertFinalScore("constant", true);
    assertFinalScore("tilt", true);
  }

  @Test
  void scoreAfterTheActivationFunctionAgrees() {
    assertFinalScore("constant_gated", false);
  }

  private static void assertFinalScore(String name, boolean beforeActivation) {
    try (Scope scope = Scope.open();
        GoldenRun run = new GoldenRun()) {
      assertClose(
          run.score(beforeActivation).of(run.load(name + ".final")),
          run.load(name + ".final_score"),
          TOLERANCE,
          name);
    }
  }
}
