package org.tiltlens.bench;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.bytedeco.pytorch.Tensor;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.tiltlens.diffusion.AdmUnet;
import org.tiltlens.diffusion.AdmUnetConfig;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.DiffusionPrior;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.fixture.RandomStore;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.vision.ConvNextConfig;
import org.tiltlens.vision.DinoConvNext;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.Normalisation;

/**
 * One guided step and its parts: one image, one thread, random weights.
 *
 * <p>{@code step} should cost what {@code prior} and {@code score} cost together: both include
 * their backward pass to the image.
 */
@State(org.openjdk.jmh.annotations.Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Fork(1)
@Warmup(iterations = 2, time = 3)
@Measurement(iterations = 5, time = 3)
public class GuidedStepBenchmark {
  @Param({"small", "medium"})
  private String size;

  private UnitScore score;
  private DinoConvNext vision;
  private SparseDictionary dictionary;
  private DiffusionPrior prior;
  private HookPoint hook;
  private GuidedSampler sampler;
  private Tensor image;
  private Tensor activations;

  /**
   * {@code small}: about the embedded models' size; {@code medium}: ADM at 64 px with a DINOv3
   * ConvNeXt-Tiny.
   */
  private record Sizes(
      int image,
      int channels,
      String mult,
      String attention,
      List<Integer> depths,
      List<Integer> dims,
      String hook) {
    static Sizes of(String name) {
      return name.equals("small")
          ? new Sizes(
              32,
              64,
              "1,2",
              "16",
              List.of(2, 2, 2, 2),
              List.of(32, 64, 128, 256),
              "stages.1.1.hook_resid_pre")
          : new Sizes(
              64,
              128,
              "1,2,3,4",
              "16,8",
              List.of(3, 3, 9, 3),
              List.of(96, 192, 384, 768),
              "stages.2.4.hook_resid_pre");
    }
  }

  @Setup(Level.Trial)
  public void open() {
    Sizes sizes = Sizes.of(size);
    hook = HookPoint.parse(sizes.hook());
    ConvNextConfig convNext = new ConvNextConfig(sizes.depths(), sizes.dims());
    vision =
        DinoConvNext.open(
            new RandomStore(DinoConvNext.shapes(convNext)),
            Device.CPU,
            Normalisation.IMAGENET,
            Optional.of(hook));
    long channels = vision.channels(hook);
    dictionary = RandomStore.transcoder(channels, 16 * channels, hook.toString());
    Unit unit = new Unit.DictionaryFeature(dictionary, 5, true);
    score = new UnitScore(vision, hook, unit, new SpatialReduction.Mix(0.7), new CentralCrop(0.5));

    AdmUnetConfig config =
        AdmUnetConfig.fromOptions(
            Map.of(
                "image_size", Integer.toString(sizes.image()),
                "num_channels", Integer.toString(sizes.channels()),
                "channel_mult", sizes.mult(),
                "attention_resolutions", sizes.attention(),
                "num_head_channels", "64",
                "resblock_updown", "True",
                "learn_sigma", "True"));
    prior =
        new DiffusionPrior(
            AdmUnet.load(new RandomStore(AdmUnet.shapes(config)), config, Device.CPU),
            NoiseSchedule.linear(1000).respaced("100"),
            DiffusionPrior.Options.LEARNED_RANGE);
    sampler =
        new GuidedSampler(
            prior,
            score,
            new Guidance.Tilt(1, new Objective.Maximize(), Strength.FULL),
            new AncestralStep());
    try (Scope scope = Scope.open()) {
      image = Scope.keepForever(Noise.normal(1, 0, 0, 1, 3, sizes.image(), sizes.image()));
      activations = Scope.keepForever(vision.activations(image, hook));
    }
  }

  @Benchmark
  public void visionForward() {
    try (Scope scope = Scope.open()) {
      vision.activations(image, hook);
    }
  }

  @Benchmark
  public void dictionaryFeatureForward() {
    try (Scope scope = Scope.open()) {
      dictionary.preActivation(activations, 5);
    }
  }

  @Benchmark
  public void score() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(image);
      Autograd.gradient(score.of(x).sum(), x);
    }
  }

  @Benchmark
  public void priorForward() {
    try (Scope scope = Scope.open()) {
      prior.predict(image, 50);
    }
  }

  @Benchmark
  public void prior() {
    try (Scope scope = Scope.open()) {
      Tensor x = Autograd.leaf(image);
      Autograd.gradient(prior.predict(x, 50).x0Hat().sum(), x);
    }
  }

  @Benchmark
  public void step() {
    sampler.advance(sampler.start(45, List.of(0))).close();
  }

  @TearDown(Level.Trial)
  public void close() {
    Scope.release(image);
    Scope.release(activations);
    dictionary.close();
    vision.close();
    prior.close();
  }
}
