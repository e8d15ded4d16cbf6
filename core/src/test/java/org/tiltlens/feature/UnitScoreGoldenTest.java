package org.tiltlens.feature;

import static org.tiltlens.golden.Goldens.TOLERANCE;
import static org.tiltlens.golden.Goldens.assertClose;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.golden.Goldens;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.vision.DinoConvNext;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.Normalisation;

/** The whole score, from image to number, against the authors' guided sampling run. */
@Tag("golden")
class UnitScoreGoldenTest {
  private static final String GOLDEN = "energy_dps_trajectory.safetensors";

  @Test
  void scoreOfSampledImagesAgrees() {
    assertFinalScore("constant", true);
    assertFinalScore("tilt", true);
  }

  @Test
  void scoreAfterTheActivationFunctionAgrees() {
    assertFinalScore("constant_gated", false);
  }

  private static void assertFinalScore(String run, boolean beforeActivation) {
    try (Scope scope = Scope.open();
        TensorStore golden = Goldens.open(GOLDEN)) {
      Map<String, String> say = golden.metadata();
      HookPoint at = HookPoint.parse(say.get("hook_point"));
      try (TensorStore weights = Goldens.open(say.get("vision"));
          DinoConvNext vision =
              DinoConvNext.open(weights, Device.CPU, Normalisation.IMAGENET, Optional.of(at));
          SparseDictionary dictionary =
              SparseDictionary.open(Goldens.open(GOLDEN), config(golden), Device.CPU)) {
        UnitScore score =
            new UnitScore(
                vision,
                at,
                new Unit.DictionaryFeature(
                    dictionary, Integer.parseInt(say.get("feature")), beforeActivation),
                new SpatialReduction.Mix(Double.parseDouble(say.get("mix_alpha"))),
                new CentralCrop(Double.parseDouble(say.get("center_frac"))));
        Tensor images = golden.load(run + ".final");
        assertClose(score.of(images), golden.load(run + ".final_score"), TOLERANCE, run);
      }
    }
  }

  /** The run's transcoder comes without a config.json: its shapes and the metadata say it all. */
  private static DictionaryConfig config(TensorStore golden) {
    TensorInfo filters = golden.entries().get("transcoder.W_conv");
    int kernel = filters.shape().get(2).intValue();
    Map<String, String> say = golden.metadata();
    return new DictionaryConfig(
        DictionaryConfig.Type.CNNSAE,
        filters.shape().get(1).intValue(),
        DictionaryConfig.Activation.TOPK,
        Integer.parseInt(say.get("top_k")),
        OptionalDouble.empty(),
        say.get("hook_point"),
        say.get("hook_point"),
        false,
        Boolean.parseBoolean(say.get("sparsity_include_decoder_norm")),
        golden.entries().containsKey("transcoder.b_D"),
        kernel,
        (kernel - 1) / 2);
  }
}
