package org.tiltlens.prompts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.DpmSolver;
import org.tiltlens.diffusion.HeunStep;
import org.tiltlens.diffusion.LcmStep;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.ReverseStep;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

class FewStepsTest {
  private static final IntFunction<Tensor> NOISE = draw -> Noise.normal(45, 0, draw, 2, 3, 4, 4);

  /** All steps in one graph, which {@link FewSteps} never holds. */
  private static Tensor plain(Prior prior, ReverseStep step) {
    Tensor x = NOISE.apply(0);
    int steps = prior.schedule().steps();
    for (int t = steps - 1; t >= 0; t--) {
      x = step.step(prior.schedule(), prior.predict(x, t), x, t, NOISE.apply(steps - t));
    }
    return prior.decode(x);
  }

  @ParameterizedTest
  @CsvSource({"lcm4, lcm", "leading5+1, ddim", "leading5+1, noisy"})
  void theGradientIsThatOfOneGraph(String respacing, String form) {
    ReverseStep step =
        form.equals("lcm") ? new LcmStep() : new DdimStep(form.equals("ddim") ? 0 : 1);
    try (TwoClasses toy = new TwoClasses(respacing, 1);
        Scope scope = Scope.open()) {
      FewSteps steps = new FewSteps(toy.prompted().told(), step);
      Tensor context = toy.context("day");
      Tensor leaf = Autograd.leaf(context);
      Tensor energies = toy.score().of(plain(toy.prompted().told().apply(leaf), step));
      Tensor expected = Autograd.gradient(energies.sum(), leaf);
      FewSteps.Climbed climbed = steps.climb(context, NOISE, toy.score()::of);
      Goldens.assertClose(climbed.energies(), energies.detach(), 1e-6, "energies");
      Goldens.assertClose(climbed.gradient(), expected, 1e-8, "gradient");
      assertThat(expected.abs().max().item_double()).isGreaterThan(3e-4);
      assertThat(climbed.gradient().requires_grad()).isFalse();
      Goldens.assertClose(
          toy.score().of(steps.images(context, NOISE)), climbed.energies(), 1e-6, "images");
    }
  }

  @Test
  void stepsOfSeveralPredictionsAreRefused() {
    try (TwoClasses toy = new TwoClasses("lcm4", 0.5)) {
      for (ReverseStep step : List.of(new DpmSolver(), new HeunStep())) {
        assertThatThrownBy(() -> new FewSteps(toy.prompted().told(), step))
            .hasMessageContaining("use DDIM or LCM steps");
      }
    }
  }
}
