package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.LikelihoodTerms;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;

class DiffusionLossTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000);

  @Test
  void divergenceOfGaussiansIsTheTextbooks() {
    try (Scope scope = Scope.open()) {
      double kl =
          LikelihoodTerms.gaussianKl(
                  Tensors.full(0.3, 1),
                  Tensors.full(2 * Math.log(0.5), 1),
                  Tensors.full(-1, 1),
                  Tensors.full(2 * Math.log(2), 1))
              .item_double();
      assertThat(kl).isCloseTo(Math.log(4) + (0.25 + 1.69) / 8 - 0.5, within(1e-6));
    }
  }

  @Test
  void likelihoodOfAllLevelsSumsToOne() {
    try (Scope scope = Scope.open()) {
      float[] levels = new float[256];
      for (int i = 0; i < 256; i++) {
        levels[i] = i / 127.5f - 1;
      }
      Tensor log =
          LikelihoodTerms.discretisedLogLikelihood(
              Tensors.floats(levels, 256),
              Tensors.full(0.9, 256),
              Tensors.full(Math.log(0.2), 256));
      assertThat(log.exp().sum().item_double()).isCloseTo(1, within(1e-5));
      // Far from the ends a bin is nearly its width times the density.
      double density = Math.exp(-Math.pow((levels[200] - 0.9) / 0.2, 2) / 2) / 0.2;
      assertThat(Tensors.toFloats(log)[200])
          .isCloseTo((float) Math.log(density / Math.sqrt(2 * Math.PI) * 2 / 255), within(1e-3f));
    }
  }

  @Test
  void minSnrWeightsTakeTheSmallerOfSnrAndGamma() {
    DiffusionLoss loss = new DiffusionLoss(SCHEDULE, Predicts.EPSILON, 5);
    // abar_0 = 0.9999, so SNR_0 = 9999.
    assertThat(loss.weight(0)).isCloseTo(5 / 9999.0, within(1e-9));
    assertThat(loss.weight(999)).isEqualTo(1);
    assertThat(new DiffusionLoss(SCHEDULE, Predicts.EPSILON, Double.POSITIVE_INFINITY).weight(0))
        .isEqualTo(1);
  }

  /** Of a network that says 0, the loss is the mean square of what it should say. */
  @Test
  void velocityIsHalfNoiseAndHalfImage() {
    Map<String, String> options = new HashMap<>(TinyTrainings.unet(8, 1).options());
    options.put("learn_sigma", "False");
    AdmUnetConfig config = AdmUnetConfig.fromOptions(options);
    try (Scope scope = Scope.open()) {
      Tensor x0 = Tensors.full(-0.2, 1, 3, 8, 8);
      Tensor noise = Noise.normal(3, 0, 0, 1, 3, 8, 8);
      DiffusionLoss loss = new DiffusionLoss(SCHEDULE, Predicts.V, 5);
      double found =
          loss.of(fresh(config, new HashMap<>()), x0, new int[] {400}, noise, null).item_double();
      double abar = SCHEDULE.alphaCumprod(400);
      double expected = 0;
      for (double e : Tensors.toDoubles(noise)) {
        expected += Math.pow(Math.sqrt(abar) * e + Math.sqrt(1 - abar) * 0.2, 2) / 192;
      }
      double snr = abar / (1 - abar);
      assertThat(found).isCloseTo(expected * Math.min(snr, 5) / (snr + 1), within(1e-5));
      assertThat(new DiffusionLoss(SCHEDULE, Predicts.V, Double.POSITIVE_INFINITY).weight(0))
          .isEqualTo(1);
    }
  }

  /**
   * A fresh network says epsilon 0 and the middle of the variances, so all terms are closed forms.
   */
  @Test
  void freshNetworkHasTheHybridLossOfItsConstantAnswer() {
    try (Scope scope = Scope.open()) {
      Tensor x0 = Tensors.full(-0.2, 2, 3, 8, 8);
      Tensor noise = Noise.normal(3, 0, 0, 2, 3, 8, 8);
      int[] t = {0, 400};
      float[] losses =
          Tensors.toFloats(
              new DiffusionLoss(SCHEDULE, Predicts.EPSILON, 5)
                  .of(fresh(new HashMap<>()), x0, t, noise, null));
      double[] z = Tensors.toDoubles(noise);
      for (int n = 0; n < 2; n++) {
        double simple = 0;
        double nats = 0;
        for (int i = 0; i < 192; i++) {
          double e = z[n * 192 + i];
          simple += e * e / 192;
          nats += nats(-0.2, e, t[n]) / 192;
        }
        double snr = SCHEDULE.alphaCumprod(t[n]) / (1 - SCHEDULE.alphaCumprod(t[n]));
        double expected = simple * Math.min(1, 5 / snr) + nats / Math.log(2);
        assertThat((double) losses[n]).isCloseTo(expected, within(1e-3 * expected));
      }
    }
  }

  private static double nats(double x0, double e, int t) {
    double abar = SCHEDULE.alphaCumprod(t);
    double xt = Math.sqrt(abar) * x0 + Math.sqrt(1 - abar) * e;
    double shift = SCHEDULE.posteriorMeanCoef1(t) * (x0 - xt / Math.sqrt(abar));
    double small = SCHEDULE.posteriorLogVarianceClipped(t);
    double log = (small + Math.log(SCHEDULE.beta(t))) / 2;
    if (t > 0) {
      return (log - small + Math.exp(small - log) + shift * shift * Math.exp(-log) - 1) / 2;
    }
    // The bin is narrow beside the deviation here: Simpson's rule for its probability.
    double mean = xt / Math.sqrt(abar); // coef1_0 = 1, coef2_0 = 0
    double mass =
        (pdf(x0 - 1 / 255.0, mean, log) + 4 * pdf(x0, mean, log) + pdf(x0 + 1 / 255.0, mean, log))
            * (2 / 255.0)
            / 6;
    return -Math.log(mass);
  }

  private static double pdf(double x, double mean, double logVariance) {
    return Math.exp(-(x - mean) * (x - mean) / 2 * Math.exp(-logVariance) - logVariance / 2)
        / Math.sqrt(2 * Math.PI);
  }

  @Test
  void boundTeachesTheVarianceButNotTheMean() {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> tensors = new HashMap<>();
      AdmUnet unet = fresh(tensors);
      Tensor noise = Noise.normal(4, 0, 0, 1, 3, 8, 8);
      Tensor loss =
          new DiffusionLoss(SCHEDULE, Predicts.EPSILON, Double.POSITIVE_INFINITY)
              .of(unet, Tensors.full(0.5, 1, 3, 8, 8), new int[] {300}, noise, null);
      float[] gradient =
          Tensors.toFloats(Autograd.gradient(Tensors.sum(loss, 0), tensors.get("out.2.bias")));
      float[] ofSimple = Tensors.toFloats(Tensors.scale(Tensors.sum(noise, 0, 2, 3), -2.0 / 192));
      for (int c = 0; c < 3; c++) {
        assertThat(gradient[c]).isCloseTo(ofSimple[c], within(1e-6f));
        assertThat(gradient[3 + c]).isNotZero();
      }
    }
  }

  private static AdmUnet fresh(Map<String, Tensor> tensors) {
    return fresh(TinyTrainings.unet(8, 1), tensors);
  }

  private static AdmUnet fresh(AdmUnetConfig config, Map<String, Tensor> tensors) {
    PriorTask task =
        new PriorTask(
            PriorSettings.of(config),
            Optional.empty(),
            new Stripes(2, 8, 1),
            TrainingRun.in(null, TrainingSettings.PRIOR, Budget.steps(1)));
    task.shapes().keySet().forEach(n -> tensors.put(n, Autograd.leaf(task.initial(n))));
    return new AdmUnet(config, Weights.of(tensors), Device.CPU);
  }
}
