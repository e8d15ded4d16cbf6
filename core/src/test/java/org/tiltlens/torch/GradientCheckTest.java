package org.tiltlens.torch;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class GradientCheckTest {
  /** Also where the engine came up wrong: then oneDNN is off by now. */
  @Test
  void gradientsAreRightOnceTheEngineRuns() {
    Engine.start();
    assertThat(GradientCheck.passes()).isTrue();
  }
}
