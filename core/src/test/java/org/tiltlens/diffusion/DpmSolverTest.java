package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;

import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class DpmSolverTest {

  private static Tensor solved(Prior prior, Tensor start) {
    Tensor x = start;
    Tensor before = null;
    for (int t = prior.schedule().steps() - 1; t >= 0; t--) {
      Tensor x0Hat = prior.predict(x, t).x0Hat();
      x = DpmSolver.step(prior.schedule(), x0Hat, before, x, t);
      before = x0Hat;
    }
    return x;
  }

  private static Tensor ddim(Prior prior, Tensor start) {
    Tensor x = start;
    for (int t = prior.schedule().steps() - 1; t >= 0; t--) {
      x = new DdimStep(0).step(prior.schedule(), prior.predict(x, t), x, t, null);
    }
    return x;
  }

  /** Largest distance from the exact flow, which carries a Gaussian by its deviations. */
  private static double error(Tensor end, Tensor start, NoiseSchedule schedule) {
    double[] from = Tensors.toDoubles(start);
    double[] to = Tensors.toDoubles(end);
    double first = schedule.alphaCumprod(schedule.steps() - 1);
    double last = schedule.alphaCumprod(0);
    double worst = 0;
    for (int i = 0; i < from.length; i++) {
      double s = GaussianPriorTest.S[i];
      double mu = GaussianPriorTest.MU[i];
      double deviations = (from[i] - Math.sqrt(first) * mu) / Math.sqrt(first * s + 1 - first);
      // The flow to the least noise, and the clean estimate from there.
      double x = Math.sqrt(last) * mu + deviations * Math.sqrt(last * s + 1 - last);
      double clean = mu + Math.sqrt(last) * s / (last * s + 1 - last) * (x - Math.sqrt(last) * mu);
      worst = Math.max(worst, Math.abs(to[i] - clean));
    }
    return worst;
  }

  @Test
  void doublingTheStepsDividesTheErrorByFour() {
    double[] errors = new double[3];
    String[] respacings = {"ddim50", "ddim100", "ddim200"};
    for (int i = 0; i < 3; i++) {
      // Even in log-SNR but for its ends, so that the step size means what it says.
      NoiseSchedule schedule = NoiseSchedule.cosine(1000).respaced(respacings[i]);
      try (Prior prior = GaussianPriorTest.prior(schedule);
          Scope scope = Scope.open()) {
        Tensor start = Tensors.float64(Noise.normal(3, 0, 0, 1, 3, 1, 2));
        errors[i] = error(solved(prior, start), start, schedule);
        assertThat(errors[i]).isLessThan(error(ddim(prior, start), start, schedule) / 4);
      }
    }
    assertThat(errors[0] / errors[1]).isBetween(2.5, 6.0);
    assertThat(errors[1] / errors[2]).isBetween(2.5, 6.0);
  }

  @Test
  void samplesAreTheStepsOneAfterTheOther() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("ddim20");
    try (Prior prior = GaussianPriorTest.prior(schedule);
        Scope scope = Scope.open()) {
      Tensor expected = solved(prior, Noise.normal(45, 3, 0, 1, 3, 1, 2));
      assertThat(new UnguidedSampler(prior, new DpmSolver()).sample(45, 3).equal(expected))
          .isTrue();
    }
  }

  @Test
  void firstAndLastStepAreDdims() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("ddim20");
    try (Prior prior = GaussianPriorTest.prior(schedule);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 2, 3, 1, 2);
      for (int t : new int[] {19, 0}) {
        Prediction prediction = prior.predict(x, t);
        Goldens.assertClose(
            DpmSolver.step(schedule, prediction.x0Hat(), null, x, t),
            new DdimStep(0).step(schedule, prediction, x, t, x),
            1e-5,
            "step " + t);
      }
    }
  }
}
