package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.util.List;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class NoiseScheduleTest {
  @Test
  @Tag("golden")
  void everyTableEqualsTheReference() {
    try (TensorStore goldens = Goldens.open("diffusion_schedules.safetensors");
        Scope scope = Scope.open()) {
      assertThat(goldens.entries()).isNotEmpty();
      for (String key : goldens.entries().keySet()) {
        int first = key.indexOf('.');
        int last = key.lastIndexOf('.');
        NoiseSchedule schedule =
            base(goldens, key.substring(0, first), key.substring(0, last))
                .respaced(key.substring(first + 1, last));
        Tensor expected = goldens.load(key);
        Tensor actual = Tensors.doubles(table(schedule, key.substring(last + 1)), schedule.steps());
        Goldens.assertClose(actual, expected, 1e-9, key);
      }
    }
  }

  /**
   * The schedule before respacing. The file does not say how many steps it had, but all respacings
   * keep the first step, whose beta tells.
   */
  private static NoiseSchedule base(TensorStore goldens, String schedule, String tables) {
    long[] kept = Tensors.toLongs(goldens.load(tables + ".timestep_map"));
    double first = Tensors.toDoubles(goldens.load(tables + ".betas"))[0];
    int fewest = Math.toIntExact(kept[kept.length - 1] + 1);
    return IntStream.rangeClosed(fewest, 2 * fewest)
        .mapToObj(steps -> NoiseSchedule.named(schedule, steps))
        .filter(base -> Math.abs(base.beta(0) - first) < 1e-9)
        .findFirst()
        .orElseThrow(() -> new AssertionError("no " + schedule + " schedule begins as " + tables));
  }

  private static double[] table(NoiseSchedule schedule, String name) {
    IntToDoubleFunction entry =
        switch (name) {
          case "betas" -> schedule::beta;
          case "alphas_cumprod" -> schedule::alphaCumprod;
          case "alphas_cumprod_prev" -> schedule::alphaCumprodPrev;
          case "posterior_variance" -> schedule::posteriorVariance;
          case "posterior_log_variance_clipped" -> schedule::posteriorLogVarianceClipped;
          case "posterior_mean_coef1" -> schedule::posteriorMeanCoef1;
          case "posterior_mean_coef2" -> schedule::posteriorMeanCoef2;
          case "sqrt_recip_alphas_cumprod" -> schedule::sqrtRecipAlphaCumprod;
          case "sqrt_recipm1_alphas_cumprod" -> schedule::sqrtRecipm1AlphaCumprod;
          case "timestep_map" -> schedule::timestep;
          default -> throw new IllegalArgumentException("no table " + name);
        };
    return IntStream.range(0, schedule.steps()).mapToDouble(entry).toArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {50, 100, 1000, 4000})
  void totalNoiseOfTheLinearScheduleHardlyDependsOnTheNumberOfSteps(int steps) {
    NoiseSchedule schedule = NoiseSchedule.linear(steps);
    assertThat(schedule.steps()).isEqualTo(steps);
    // The integral of beta is 10.05 for every number of steps; log(1 - beta) is below -beta.
    assertThat(Math.log(schedule.alphaCumprod(steps - 1))).isBetween(-12.0, -10.0);
  }

  @ParameterizedTest
  @CsvSource({"1000,ddim50", "1000,'10,15,20'", "4000,250", "37,'5,0,7'", "100,'1,1'"})
  void respacingKeepsTheNoiseLevels(int baseSteps, String respacing) {
    NoiseSchedule base = NoiseSchedule.cosine(baseSteps);
    NoiseSchedule spaced = base.respaced(respacing);
    assertThat(spaced.baseSteps()).isEqualTo(baseSteps);
    for (int t = 0; t < spaced.steps(); t++) {
      assertThat(spaced.alphaCumprod(t))
          .isCloseTo(base.alphaCumprod(spaced.timestep(t)), within(1e-12));
    }
  }

  @Test
  void respacingTwiceStillNamesTheBaseSteps() {
    NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("ddim100").respaced("ddim50");
    assertThat(schedule.timestep(1)).isEqualTo(20);
    assertThat(schedule.timestep(49)).isEqualTo(980);
  }

  @Test
  void impossibleRespacingSaysWhatIsPossible() {
    NoiseSchedule schedule = NoiseSchedule.linear(45);
    assertThatThrownBy(() -> schedule.respaced("10,15,20"))
        .hasMessageContaining("section 3 of 3 has 15 of the 45 steps and cannot keep 20");
    assertThatThrownBy(() -> schedule.respaced("ddim40"))
        .hasMessageContaining("no integer stride keeps exactly 40 of 45")
        .hasMessageContaining("ddim23 or ddim45");
    assertThatThrownBy(() -> schedule.respaced("ddim46")).hasMessageContaining("ddim45");
    for (String nonsense : List.of("", "x", "10,", "-3", "ddim", "1e3", "99999999999")) {
      assertThatThrownBy(() -> schedule.respaced(nonsense))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("'" + nonsense + "'");
    }
  }

  @Test
  void schedulesAreNamedByTheirBetas() {
    NoiseSchedule usual = NoiseSchedule.linear(1000);
    NoiseSchedule named = NoiseSchedule.named("linear:0.0001:0.02", 1000);
    NoiseSchedule scaled = NoiseSchedule.named("scaled_linear:0.01:0.09", 3);
    NoiseSchedule each = NoiseSchedule.named("betas:0.1,0.2, 0.05", 3);
    for (int t : List.of(0, 1, 500, 999)) {
      assertThat(named.alphaCumprod(t)).isEqualTo(usual.alphaCumprod(t));
    }
    // Roots 0.1, 0.2, 0.3.
    assertThat(scaled.beta(1)).isCloseTo(0.04, within(1e-15));
    assertThat(scaled.beta(2)).isCloseTo(0.09, within(1e-15));
    assertThat(each.alphaCumprod(2)).isCloseTo(0.9 * 0.8 * 0.95, within(1e-15));
    assertThatThrownBy(() -> NoiseSchedule.named("betas:0.1,0.2", 3))
        .hasMessageContaining("names 2 betas, expected one for each of 3");
    assertThatThrownBy(() -> NoiseSchedule.named("betas:0.1,1", 2))
        .hasMessageContaining("beta at step 1 of 2 is 1.0");
    for (String nonsense :
        List.of("linear:", "linear:1", "linear:a:b", "cosine:1:2", "betas", "betas:0.1,x", ":")) {
      assertThatThrownBy(() -> NoiseSchedule.named(nonsense, 2))
          .hasMessageContaining("unknown `schedule` '" + nonsense + "': use linear or cosine;");
    }
  }

  @Test
  void impossibleSchedulesAreRefused() {
    assertThatThrownBy(() -> NoiseSchedule.linear(20)).hasMessageContaining("between 0 and 1");
    assertThatThrownBy(() -> NoiseSchedule.cosine(0)).hasMessageContaining("at least 2");
    assertThatThrownBy(() -> NoiseSchedule.linear(1_000_000_000))
        .hasMessageContaining("at most 1000000");
    assertThatThrownBy(() -> NoiseSchedule.linear(1000).respaced("1"))
        .hasMessageContaining("at least 2");
    assertThatThrownBy(() -> NoiseSchedule.named("sqrt", 1000))
        .hasMessageContaining("use linear or cosine");
    assertThatThrownBy(() -> NoiseSchedule.linear(30).beta(30)).hasMessageContaining("0..29");
  }

  @Test
  void noiseAndCleanImageAreRecoveredFromTheirMixture() {
    NoiseSchedule schedule = NoiseSchedule.linear(100);
    try (Scope scope = Scope.open()) {
      Tensor x0 = Noise.normal(1, 0, 0, 2, 3, 4, 4);
      Tensor noise = Noise.normal(1, 0, 1, 2, 3, 4, 4);
      Tensor xt = schedule.diffuse(x0, noise, 30);
      Goldens.assertClose(schedule.epsilon(xt, x0, 30), noise, 1e-4, "epsilon");
      Goldens.assertClose(schedule.x0(xt, noise, 30), x0, 1e-4, "x0");
    }
  }

  @Test
  void posteriorIsGaussianConditioning() {
    NoiseSchedule schedule = NoiseSchedule.cosine(50).respaced("10");
    for (int t = 1; t < schedule.steps(); t++) {
      // x_{t-1} | x_0 has variance 1 - abar_{t-1}; x_t | x_{t-1} has variance beta.
      double precision =
          1 / (1 - schedule.alphaCumprodPrev(t)) + (1 - schedule.beta(t)) / schedule.beta(t);
      assertThat(schedule.posteriorVariance(t)).isCloseTo(1 / precision, within(1e-12));
      assertThat(schedule.posteriorMeanCoef1(t))
          .isCloseTo(
              Math.sqrt(schedule.alphaCumprodPrev(t))
                  / (1 - schedule.alphaCumprodPrev(t))
                  / precision,
              within(1e-10));
      assertThat(schedule.posteriorMeanCoef2(t))
          .isCloseTo(Math.sqrt(1 - schedule.beta(t)) / schedule.beta(t) / precision, within(1e-10));
    }
    assertThat(schedule.posteriorVariance(0)).isZero();
    assertThat(schedule.posteriorMeanCoef1(0)).isCloseTo(1, within(1e-12));
    assertThat(schedule.posteriorMeanCoef2(0)).isZero();
  }
}
