package org.tiltlens.diffusion;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.DiffusionPrior.Options;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.unet.RandomUnets;

@Tag("rounding")
class DiffusionPriorTest {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000).respaced("ddim20");

  static Stream<Path> predictions() throws IOException {
    try (Stream<Path> files = Files.list(Goldens.folder())) {
      return files
          .filter(file -> file.getFileName().toString().startsWith("p_mean_variance_"))
          .toList()
          .stream();
    }
  }

  @ParameterizedTest
  @MethodSource("predictions")
  @Tag("golden")
  void reverseTransitionEqualsTheReference(Path file) {
    String respacing =
        file.getFileName().toString().replaceAll("p_mean_variance_|\\.safetensors", "");
    try (TensorStore goldens = Checkpoints.open(file);
        Prior prior = referencePrior(goldens, respacing);
        Scope scope = Scope.open()) {
      Tensor x = goldens.load("x");
      for (int t : steps(goldens)) {
        Prediction prediction = prior.predict(x, t);
        String at = "t" + t + ".";
        assertClose(prediction.mean(), goldens, at + "mean");
        assertClose(prediction.variance(), goldens, at + "variance");
        assertClose(prediction.logVariance(), goldens, at + "log_variance");
        // x0Hat multiplies epsilon's rounding error, 3e-6, by up to 100 at the noisiest steps:
        // there the reference itself, in another build or in float64, is 2e-4 away from this file.
        boolean noisy = prior.schedule().sqrtRecipm1AlphaCumprod(t) > 10;
        Tensor x0Hat = goldens.load(at + "pred_xstart");
        double tolerance = noisy ? Goldens.LOOSE : Goldens.TOLERANCE;
        Goldens.assertClose(prediction.x0Hat(), x0Hat, tolerance, at + "pred_xstart");
      }
    }
  }

  private static Set<Integer> steps(TensorStore goldens) {
    return goldens.entries().keySet().stream()
        .filter(key -> key.matches("t\\d+\\.mean"))
        .map(key -> Integer.valueOf(key.substring(1, key.indexOf('.'))))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static void assertClose(Tensor actual, TensorStore goldens, String key) {
    Goldens.assertClose(actual, goldens.load(key), Goldens.TOLERANCE, key);
  }

  /**
   * The UNet and the linear schedule that the folder's description names; of as many steps as the
   * guided run's, unless the file itself says more.
   */
  private static Prior referencePrior(TensorStore goldens, String respacing) {
    try (TensorStore run = Goldens.open("energy_dps_trajectory.safetensors");
        TensorStore store = Goldens.open("adm_unet.safetensors")) {
      Map<String, String> said = new HashMap<>(goldens.metadata());
      said.putIfAbsent("schedule", "linear");
      said.putIfAbsent("base_steps", run.metadata().get("base_steps"));
      NoiseSchedule base =
          NoiseSchedule.named(said.get("schedule"), Integer.parseInt(said.get("base_steps")));
      AdmUnetConfig config = AdmUnetConfig.fromOptions(store.metadata());
      return new DiffusionPrior(
          AdmUnet.load(store, config, Device.CPU),
          base.respaced(respacing),
          AdmCheckpoint.options(config, store.metadata()));
    }
  }

  private static DiffusionPrior tiny(Options options, String... changes) {
    AdmUnetConfig config = AdmUnetConfig.fromOptions(RandomUnets.options(changes));
    return new DiffusionPrior(RandomUnets.random(config), SCHEDULE, options);
  }

  private static Options fixed(VarianceType type, boolean clip) {
    return new Options(type, clip, false, OptionalInt.empty());
  }

  /** Images at steps of their own go through the network as each does alone. */
  @ParameterizedTest
  @EnumSource(VarianceType.class)
  void eachImageHasItsOwnStep(VarianceType type) {
    boolean learned = type == VarianceType.LEARNED_RANGE;
    String learns = learned ? "True" : "False";
    try (Prior prior = tiny(fixed(type, true), "learn_sigma", learns);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 3, 3, 16, 16);
      int[] steps = {0, 19, 7};
      List<Prediction> each = prior.predictEach(x, steps);
      for (int i = 0; i < steps.length; i++) {
        Prediction alone = prior.predict(x.narrow(0, i, 1), steps[i]);
        String at = "t = " + steps[i];
        Goldens.assertClose(each.get(i).mean(), alone.mean(), Goldens.TOLERANCE, at);
        Goldens.assertClose(each.get(i).variance(), alone.variance(), Goldens.TOLERANCE, at);
        Goldens.assertClose(each.get(i).x0Hat(), alone.x0Hat(), Goldens.LOOSE, at);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"FIXED_SMALL", "FIXED_LARGE"})
  void fixedVarianceIsTheSchedules(VarianceType type) {
    try (Prior prior = tiny(fixed(type, true), "learn_sigma", "False");
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 1, 3, 16, 16);
      double first = SCHEDULE.posteriorVariance(1);
      double seventh =
          type == VarianceType.FIXED_SMALL ? SCHEDULE.posteriorVariance(7) : SCHEDULE.beta(7);
      assertAll(prior.predict(x, 0).variance(), first);
      assertAll(prior.predict(x, 7).variance(), seventh);
    }
  }

  private static void assertAll(Tensor actual, double value) {
    Goldens.assertClose(actual, Tensors.full(value, 1, 3, 16, 16), 1e-6, "variance");
  }

  @Test
  void learnedVarianceStaysPositiveAndFinite() {
    try (Prior prior = tiny(Options.LEARNED_RANGE);
        Scope scope = Scope.open()) {
      for (int t = 0; t < SCHEDULE.steps(); t++) {
        Tensor variance = prior.predict(Noise.normal(1, 0, 0, 1, 3, 16, 16), t).variance();
        assertThat(variance.min().item_double()).isPositive();
        assertThat(variance.max().item_double()).isFinite();
      }
    }
  }

  @Test
  void meanWithoutClippingIsTheNoiseForm() {
    int t = 9;
    try (DiffusionPrior prior =
            tiny(fixed(VarianceType.FIXED_SMALL, false), "learn_sigma", "False");
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 2, 3, 16, 16);
      Prediction prediction = prior.predict(x, t);
      Tensor epsilon = SCHEDULE.epsilon(x, prediction.x0Hat(), t);
      // Ho et al. 2020, equation 11.
      double weight = SCHEDULE.beta(t) / Math.sqrt(1 - SCHEDULE.alphaCumprod(t));
      Tensor mean =
          Tensors.scale(x.sub(Tensors.scale(epsilon, weight)), 1 / Math.sqrt(1 - SCHEDULE.beta(t)));
      Goldens.assertClose(prediction.mean(), mean, Goldens.TOLERANCE, "mean");
    }
  }

  @Test
  void clippedPixelsHaveNoGradient() {
    try (DiffusionPrior prior = tiny(Options.LEARNED_RANGE);
        Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(Noise.normal(1, 0, 0, 1, 3, 16, 16));
      Tensor x0Hat = prior.predict(x, 19).x0Hat();
      Tensor outside = x0Hat.abs().eq(Tensors.full(1, 1));
      assertThat(outside.sum().item_double()).isGreaterThan(100);
      Tensor seen = Autograd.gradient(x0Hat.mul(outside).sum(), x);
      assertThat(seen.abs().max().item_double()).isZero();
      Tensor through = Autograd.gradient(prior.predict(x, 0).x0Hat().sum(), x);
      assertThat(through.abs().max().item_double()).isPositive();
    }
  }

  @Test
  void nothingRequiresAGradientWithoutALeaf() {
    try (Prior prior = tiny(Options.LEARNED_RANGE);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 1, 3, 16, 16);
      Prediction plain = prior.predict(x, 3);
      assertThat(plain.x0Hat().requires_grad()).isFalse();
      assertThat(plain.mean().requires_grad()).isFalse();
      assertThat(plain.variance().requires_grad()).isFalse();
      Prediction traced = prior.predict(Autograd.leaf(x), 3);
      assertThat(traced.x0Hat().requires_grad()).isTrue();
      assertThat(traced.mean().requires_grad()).isTrue();
    }
  }

  @Test
  void networkIsToldTheTimestepBeforeRespacing() {
    AdmUnetConfig config = RandomUnets.TINY;
    NoiseSchedule schedule = NoiseSchedule.linear(500).respaced("ddim50");
    try (AdmUnet unet = RandomUnets.random(config);
        Scope scope = Scope.open()) {
      Tensor x = Tensors.scale(Noise.normal(1, 0, 0, 1, 3, 16, 16), 0.01);
      for (boolean rescale : new boolean[] {false, true}) {
        Options options =
            new Options(VarianceType.LEARNED_RANGE, false, rescale, OptionalInt.empty());
        double told = rescale ? 260 : 130;
        Tensor epsilon = unet.forward(x, new double[] {told}, null).narrow(1, 0, 3);
        Tensor x0Hat = new DiffusionPrior(unet, schedule, options).predict(x, 13).x0Hat();
        Goldens.assertClose(x0Hat, schedule.x0(x, epsilon, 13), 1e-6, "told " + told);
      }
    }
  }

  @Test
  void labelChangesThePrediction() {
    String[] changes = {"class_cond", "True", "num_classes", "4"};
    try (Prior one = tiny(labelled(1), changes);
        Prior two = tiny(labelled(2), changes);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 1, 3, 16, 16);
      Tensor difference = one.predict(x, 9).x0Hat().sub(two.predict(x, 9).x0Hat());
      assertThat(difference.abs().max().item_double()).isGreaterThan(1e-3);
    }
  }

  private static Options labelled(int label) {
    return new Options(VarianceType.LEARNED_RANGE, true, false, OptionalInt.of(label));
  }

  @Test
  void optionsThatDoNotFitTheNetworkAreRefused() {
    assertThatThrownBy(() -> tiny(fixed(VarianceType.FIXED_LARGE, true)))
        .hasMessage(
            "variance FIXED_LARGE does not fit a network that learns its variance: use"
                + " LEARNED_RANGE");
    assertThatThrownBy(() -> tiny(Options.LEARNED_RANGE, "learn_sigma", "False"))
        .hasMessageContaining("use FIXED_SMALL or FIXED_LARGE");
    assertThatThrownBy(() -> tiny(labelled(0))).hasMessageContaining("give no label");
    assertThatThrownBy(() -> tiny(Options.LEARNED_RANGE, "class_cond", "True", "num_classes", "4"))
        .hasMessageContaining("give a label from 0 to 3");
  }

  @Test
  @Tag("slow")
  void memoryStaysFlatOverHundredsOfGuidedSteps() {
    try (Prior prior = tiny(Options.LEARNED_RANGE);
        Scope scope = Scope.open()) {
      Tensor x = Noise.normal(1, 0, 0, 1, 3, 16, 16);
      guidedSteps(prior, x, 50);
      long before = Engine.residentBytes();
      guidedSteps(prior, x, 200);
      // Keeping one map per block of every step would take 200 MB.
      assertThat(Engine.residentBytes() - before).isLessThan(100L << 20);
    }
  }

  private static void guidedSteps(Prior prior, Tensor x, int count) {
    for (int n = 0; n < count; n++) {
      try (Scope scope = Scope.open()) {
        Tensor leaf = Autograd.leaf(x);
        Autograd.gradient(prior.predict(leaf, 10).x0Hat().sum(), leaf);
      }
    }
  }
}
