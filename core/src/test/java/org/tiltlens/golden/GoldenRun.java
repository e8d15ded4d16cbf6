package org.tiltlens.golden;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.DictionaryConfig;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Device;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.AdmUnet;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.vision.ConvNext;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.Normalisation;

/** The models of the authors' guided sampling run, as its file names and describes them. */
public final class GoldenRun implements AutoCloseable {
  private static final String FILE = "energy_dps_trajectory.safetensors";

  private final TensorStore store = Goldens.open(FILE);
  private final HookPoint at = HookPoint.parse(say("hook_point"));
  private final ConvNext vision;
  private final SparseDictionary transcoder =
      SparseDictionary.open(Goldens.open(FILE), config(), Device.CPU);

  public GoldenRun() {
    try (TensorStore weights = Goldens.open(say("vision"))) {
      vision = ConvNext.open(weights, Device.CPU, Normalisation.IMAGENET, Optional.of(at));
    }
  }

  public String say(String key) {
    String value = store.metadata().get(key);
    if (value == null) {
      throw new IllegalStateException(FILE + " says no " + key);
    }
    return value;
  }

  public double number(String key) {
    return Double.parseDouble(say(key));
  }

  public Tensor load(String name) {
    return store.load(name);
  }

  /** The unit's score before or after its activation function. */
  public UnitScore score(boolean beforeActivation) {
    Unit unit =
        new Unit.DictionaryFeature(transcoder, Integer.parseInt(say("feature")), beforeActivation);
    return new UnitScore(
        vision,
        at,
        unit,
        new SpatialReduction.Mix(number("mix_alpha")),
        new CentralCrop(number("center_frac")));
  }

  /** The prior on the run's schedule; the caller closes it. */
  public DiffusionPrior prior() {
    NoiseSchedule schedule =
        NoiseSchedule.named(say("schedule"), Integer.parseInt(say("base_steps")))
            .respaced(say("respacing"));
    try (TensorStore weights = Goldens.open(say("unet"))) {
      AdmUnetConfig config = AdmUnetConfig.fromOptions(weights.metadata());
      return new DiffusionPrior(
          AdmUnet.load(weights, config, Device.CPU),
          schedule,
          AdmCheckpoint.options(config, weights.metadata()));
    }
  }

  /** The run's transcoder comes without a config.json: its shapes and the metadata say it all. */
  private DictionaryConfig config() {
    TensorInfo filters = store.entries().get("transcoder.W_conv");
    int kernel = filters.shape().get(2).intValue();
    Map<String, TensorInfo> entries = store.entries();
    return new DictionaryConfig(
        DictionaryConfig.Type.CNNSAE,
        filters.shape().get(1).intValue(),
        DictionaryConfig.Activation.TOPK,
        Integer.parseInt(say("top_k")),
        OptionalDouble.empty(),
        say("hook_point"),
        say("hook_point"),
        false,
        Boolean.parseBoolean(say("sparsity_include_decoder_norm")),
        entries.containsKey("transcoder.b_D"),
        kernel,
        (kernel - 1) / 2);
  }

  @Override
  public void close() {
    transcoder.close();
    vision.close();
    store.close();
  }
}
