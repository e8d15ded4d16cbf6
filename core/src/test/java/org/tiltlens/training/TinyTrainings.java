package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.fixture.RandomStore;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.unet.AdmUnetConfig;
import org.tiltlens.unet.AutoencoderKlConfig;
import org.tiltlens.vision.ConvNext;
import org.tiltlens.vision.ConvNextConfig;
import org.tiltlens.vision.Normalisation;

/** The kinds of training at sizes that take seconds. */
final class TinyTrainings {
  static final ConvNextConfig NETWORK = new ConvNextConfig(List.of(1, 1), List.of(8, 16));
  static final AutoencoderKlConfig AUTOENCODER = new AutoencoderKlConfig(List.of(8, 16), 1, 2, 4);
  private static final int SIDE = 16;
  private static final LabelledImages IMAGES = new Stripes(48, SIDE, 1);
  private static final LabelledImages HELD_OUT = new Stripes(16, SIDE, 2);

  private TinyTrainings() {}

  /** One of the kinds. */
  interface Kind {
    TrainingReport run(TrainingRun run) throws IOException;
  }

  static Kind prior() {
    PriorSampling two = new PriorSampling(2, 2, ImageFeatures.pixels());
    return run -> PriorTraining.run(PriorSettings.of(unet(SIDE, 2)), two, IMAGES, HELD_OUT, run);
  }

  static Kind latents() {
    return run -> latents(Optional.empty(), run);
  }

  /** The same with {@link #model} looking on. */
  static Kind seenLatents() {
    return run -> {
      try (ConvNext model = model()) {
        PerceptualLoss loss = new PerceptualLoss(model, PerceptualLoss.spread(model), 0.1);
        return latents(Optional.of(loss), run);
      }
    };
  }

  private static AutoencoderReport latents(Optional<PerceptualLoss> loss, TrainingRun run)
      throws IOException {
    Comparison two = new Comparison(2, ImageFeatures.pixels());
    AutoencoderSettings settings = AutoencoderSettings.of(AUTOENCODER);
    return AutoencoderTraining.run(settings, loss, two, IMAGES, HELD_OUT, run);
  }

  static Kind vision() {
    return run -> VisionTraining.run(VisionSettings.of(NETWORK), IMAGES, HELD_OUT, run);
  }

  /** The same with all that keeps it from learning its images by heart, and an early stop. */
  static Kind photographs(EarlyStop stop) {
    VisionSettings plain = VisionSettings.of(NETWORK);
    VisionSettings settings =
        new VisionSettings(
            NETWORK,
            plain.layerScale(),
            plain.labelSmoothing(),
            plain.augmentation(),
            new Regularisation(0.6, 0.2, 0.2, 0.2, 1, 0.1),
            Optional.of(stop));
    return run -> VisionTraining.run(settings, IMAGES, HELD_OUT, run);
  }

  static Kind transcoder(double explainedVariance) {
    return run -> {
      try (ConvNext model = model()) {
        return DictionaryTraining.run(
            DictionarySettings.transcoder(model, "stages.1.0", 4, 8, explainedVariance),
            model,
            IMAGES,
            HELD_OUT,
            run);
      }
    };
  }

  static Kind autoencoder() {
    return run -> {
      try (ConvNext model = model()) {
        return DictionaryTraining.run(
            DictionarySettings.autoencoder(model, model.hookPoints().get(3), 4, 4, 0),
            model,
            IMAGES,
            HELD_OUT,
            run);
      }
    };
  }

  static LabelledImages images() {
    return IMAGES;
  }

  static LabelledImages heldOut() {
    return HELD_OUT;
  }

  static AdmUnetConfig unet(int side, int patch) {
    return AdmUnetConfig.fromOptions(options(side, patch));
  }

  /** The same, told one of the two classes of {@link Stripes}. */
  static AdmUnetConfig conditionalUnet(int side, int patch) {
    Map<String, String> options = new HashMap<>(options(side, patch));
    options.put("class_cond", "True");
    options.put("num_classes", "2");
    return AdmUnetConfig.fromOptions(options);
  }

  private static Map<String, String> options(int side, int patch) {
    return Map.of(
        "image_size", Integer.toString(side),
        "num_channels", "32",
        "num_res_blocks", "1",
        "channel_mult", "1,1",
        "attention_resolutions", "4",
        "num_head_channels", "16",
        "learn_sigma", "True",
        "patch_size", Integer.toString(patch));
  }

  /** A vision model of random weights. */
  static ConvNext model() {
    RandomStore store = new RandomStore(ConvNext.shapes(NETWORK));
    Map<String, Tensor> tensors = new HashMap<>();
    try (Scope scope = Scope.open()) {
      store.shapes().keySet().forEach(n -> tensors.put(n, Scope.keepForever(store.load(n))));
    }
    return new ConvNext(NETWORK, Weights.of(tensors), Device.CPU, Normalisation.IMAGENET);
  }

  /** A run with a checkpoint after every step. */
  static TrainingRun run(
      Path folder, double rate, int steps, boolean resume, TrainingProgress progress) {
    return new TrainingRun(
        folder,
        new TrainingSettings(7, 20, rate, 0.01, 2, 0, 1, 0.9),
        Budget.steps(steps),
        resume,
        Duration.ZERO,
        2,
        Device.CPU,
        StoredType.F32,
        progress);
  }

  /** The same run on so many threads. */
  static TrainingRun threads(TrainingRun run, int threads) {
    return new TrainingRun(
        run.folder(),
        run.settings(),
        run.budget(),
        run.resume(),
        run.checkpointEvery(),
        threads,
        run.device(),
        run.stored(),
        run.progress());
  }

  /** The same run with other checkpoints. */
  static TrainingRun checkpointEvery(TrainingRun run, Duration time) {
    return new TrainingRun(
        run.folder(),
        run.settings(),
        run.budget(),
        run.resume(),
        time,
        run.threads(),
        run.device(),
        run.stored(),
        run.progress());
  }

  /** The same run with its result in another type. */
  static TrainingRun stored(TrainingRun run, StoredType type) {
    return new TrainingRun(
        run.folder(),
        run.settings(),
        run.budget(),
        run.resume(),
        run.checkpointEvery(),
        run.threads(),
        run.device(),
        type,
        run.progress());
  }
}
