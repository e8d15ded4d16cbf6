package org.tiltlens.training;

import static org.tiltlens.torch.Tensors.scale;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.feature.DictionaryNetwork;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.VisionModel;

/**
 * The reconstruction loss of a sparse dictionary, and nothing else.
 *
 * <pre>
 *   loss = mean over positions of |decode(encode(n_in x)) - n_out y|^2
 * </pre>
 *
 * <p>Zhou et al. 2026 (arXiv 2605.17504), the transcoder: x is what a block finds, y what it adds,
 * {@code n_h = sqrt(C) / average norm at h}. An autoencoder has y = x.
 */
final class DictionaryTask implements TrainingTask {
  private static final int STEPS_BETWEEN_LOOKS = 250;

  private final DictionarySettings settings;
  private final VisionModel vision;
  private final ActivationStatistics in;
  private final ActivationStatistics out;
  private final LabelledImages heldOut;
  private final long seed;
  private final Device device;
  private final Batches batches;

  DictionaryTask(
      DictionarySettings settings,
      VisionModel vision,
      ActivationStatistics in,
      ActivationStatistics out,
      LabelledImages images,
      LabelledImages heldOut,
      TrainingRun run) {
    this.settings = settings;
    this.vision = vision;
    this.in = in;
    this.out = out;
    this.heldOut = heldOut;
    seed = run.settings().seed();
    device = run.device();
    batches = new Batches(images, Augmentation.NONE, run.settings(), device);
  }

  @Override
  public Map<String, String> describe() {
    return Map.of(
        "vision model", vision.describe(),
        "dictionary", settings.toString(),
        "norms", in.norm() + " and " + out.norm());
  }

  @Override
  public Map<String, List<Long>> shapes() {
    long channels = settings.config().channels();
    long kernel = settings.config().kernelSize();
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put("encoder", List.of(settings.features(), channels, kernel, kernel));
    shapes.put("encoder_bias", List.of(settings.features()));
    shapes.put("decoder", List.of(settings.features(), channels));
    shapes.put("decoder_bias", List.of(channels));
    return shapes;
  }

  /**
   * Random directions: decoder rows of norm about {@code sqrt(C) / (2 k)}, so that k of them are of
   * the size of the target without adding up beyond it.
   *
   * <p>An autoencoder's encoder starts as its decoder's transpose (Gao et al. 2024, appendix A.1),
   * scaled so that pre-activations have a variance of about 1; a transcoder's has no such partner
   * and starts random, on the same scale. The decoder's bias starts as the mean target (Bricken et
   * al. 2023), the encoder's takes the mean pre-activation away, as Language-Model-SAEs can: else
   * features that happen to oppose the mean activation would never fire.
   */
  @Override
  public Tensor initial(String name) {
    Initialisation first = new Initialisation(seed);
    Map<String, List<Long>> shapes = shapes();
    return switch (name) {
      case "encoder" -> encoder();
      case "decoder" -> {
        double norm = Math.sqrt(settings.config().channels()) / (2.0 * settings.config().topK());
        yield first.normal(
            "decoder", shapes.get("decoder"), norm / Math.sqrt(settings.config().channels()));
      }
      case "encoder_bias" -> Tensors.sum(encoder(), 2, 3).matmul(mean(in)).neg();
      default -> mean(out);
    };
  }

  private Tensor encoder() {
    List<Long> shape = shapes().get("encoder");
    boolean autoencoder = settings.in().equals(settings.out());
    String directions = autoencoder ? "decoder" : "encoder";
    double std = 1 / Math.sqrt(Initialisation.fanIn(shape));
    return new Initialisation(seed).normal(directions, shape, std);
  }

  /** The mean of the normalised activations. */
  private static Tensor mean(ActivationStatistics statistics) {
    return Tensors.float32(scale(statistics.meanTensor(), statistics.scale()));
  }

  @Override
  public Tensor loss(Weights weights, long step) {
    return Scope.of(
        () -> {
          Seen seen = seen(batches.at(step).images());
          DictionaryNetwork network = new DictionaryNetwork(settings.config(), weights);
          Tensor error = network.decode(network.encode(seen.input)).sub(seen.target);
          return Tensors.mean(Tensors.sum(error.square(), 1), 0, 1, 2);
        });
  }

  /**
   * What one pass of the vision model gives.
   *
   * @param input {@code n_in x}
   * @param target {@code n_out y}
   */
  private record Seen(Tensor input, Tensor target) {}

  private Seen seen(Tensor images) {
    List<Tensor> found = vision.activations(images, List.of(settings.in(), settings.out()));
    return new Seen(scale(found.get(0), in.scale()), scale(found.get(1), out.scale()));
  }

  @Override
  public boolean reached(Weights weights, long steps) {
    return settings.explainedVariance() > 0
        && steps > 0
        && steps % STEPS_BETWEEN_LOOKS == 0
        && evaluate(weights).explainedVariance() >= settings.explainedVariance();
  }

  /** How the weights do on the held-out images. */
  DictionaryEvaluation evaluate(Weights weights) {
    DictionaryNetwork network = new DictionaryNetwork(settings.config(), weights);
    return DictionaryEvaluation.of(
        heldOut,
        images -> {
          Seen seen = seen(images);
          Tensor codes = network.encode(seen.input);
          return new DictionaryEvaluation.Pass(codes, network.decode(codes), seen.target);
        },
        device);
  }
}
