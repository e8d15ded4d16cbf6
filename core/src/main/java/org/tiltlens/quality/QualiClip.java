package org.tiltlens.quality;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.stream.DoubleStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Stem;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * QualiCLIP: how good a photograph an image looks, with no reference to compare it with.
 *
 * <pre>
 *   score(x) = mean over pairs p of  1 / (1 + exp(-100 (cos(v(x), t_p+) - cos(v(x), t_p-))))
 * </pre>
 *
 * <p>v(x) is the vector of a CLIP ResNet-50 that was tuned to rank degraded images, {@code t_p+}
 * and {@code t_p-} those of two prompts of opposite meaning; 0 is bad and 1 is good. It sees images
 * at their own size. Source: Agnolucci et al. 2024, <em>Quality-Aware Image-Text Alignment for
 * Opinion-Unaware Image Quality Assessment</em> (arXiv 2403.11176), with the scale of 100 of the
 * authors' code; IQA-PyTorch halves it, so its numbers lie nearer to 1/2.
 *
 * <p>The mean over a set, with the range in which other sets would put it, is {@code
 * Bootstrap.ofMean} of {@link #of} (room {@code metrics}).
 *
 * <p>Forward only. Threads may share it.
 */
public final class QualiClip implements AutoCloseable {
  /**
   * The prompts' vectors in a checkpoint, good and bad in turn. As published: good / bad photo,
   * sharp / blurry image, sharp / blurry edges, high- / low-resolution image, noise-free / noisy
   * image, high- / low-quality image, good / bad picture. No text is read, so the text tower that
   * is in the file too is not.
   */
  static final String PROMPTS = "prompts_features";

  private static final String ENCODER = "visual.";

  private final QualityNetwork network;
  private final String name;

  private QualiClip(QualityNetwork network, Path file) {
    this.network = network;
    name = file.toString();
  }

  /**
   * Opens the published weights, {@code .pth} or safetensors, or a TorchScript export that makes
   * scores (N) or (N, 1) in [0, 1] of images (N, 3, H, W) in [0, 1]. An export is a program that is
   * run: open only files from people you trust.
   *
   * @throws CheckpointException if the file is missing, damaged or neither; one line
   */
  public static QualiClip open(Path file, Device device) {
    if (Checkpoints.isProgram(file)) {
      return new QualiClip(ScriptedQuality.open(file, device), file);
    }
    try (TensorStore store = Checkpoints.open(file)) {
      Stem encoder =
          encoder(store).orElseThrow(() -> notOne(store, ENCODER + ClipResNetConfig.MARKER));
      Stem prompts = prompts(store).orElseThrow(() -> notOne(store, PROMPTS));
      return new QualiClip(
          PromptedQuality.open(
              store, encoder.prefix() + ENCODER, prompts.prefix() + PROMPTS, device),
          file);
    }
  }

  /**
   * One line about a checkpoint that holds a QualiCLIP, of whose tensors only names are looked at.
   */
  public static Optional<String> describe(TensorStore store) {
    return prompts(store)
        .flatMap(prompts -> encoder(store))
        .map(encoder -> "QualiCLIP, image quality by a CLIP residual network and pairs of prompts");
  }

  private static Optional<Stem> encoder(TensorStore store) {
    return Stem.find(store, "CLIP residual", ENCODER + ClipResNetConfig.MARKER);
  }

  private static Optional<Stem> prompts(TensorStore store) {
    return Stem.find(store, "QualiCLIP", PROMPTS);
  }

  private static CheckpointException notOne(TensorStore store, String missing) {
    return new CheckpointException(
        "%s holds no QualiCLIP: there is no tensor '%s'; use qualiclip.pth of the release of"
                .formatted(store.source(), missing)
            + " miccunifi/QualiCLIP, or a TorchScript export");
  }

  /**
   * The files that decide what it is, as a spec names them: this one. Nothing beside it is read.
   *
   * @param name of the file in a spec
   */
  public static List<String> names(String name) {
    return List.of(name);
  }

  /**
   * The score of each image, looked at one by one, so that it is the image's own to the bit and
   * memory does not grow with their number.
   *
   * @param images (N, 3, H, W) in [-1, 1], at least 31 pixels high and wide
   * @return N numbers in [0, 1], more is better
   * @throws IllegalArgumentException if the images have another shape, or an export fails or
   *     returns what is no score; one line
   * @throws NotFiniteException if a score is NaN or infinite
   */
  public double[] of(Tensor images) {
    return of(images, 1);
  }

  /**
   * The same of some that are looked at together, as a GPU wants it.
   *
   * @param together how many, at least 1; changes scores by rounding
   */
  public double[] of(Tensor images, int together) {
    if (images.dim() != 4
        || images.size(1) != 3
        || images.size(2) < ClipResNet.SMALLEST
        || images.size(3) < ClipResNet.SMALLEST) {
      throw new IllegalArgumentException(
          "images of shape %s: QualiCLIP expects Nx3xHxW with H and W at least %d"
              .formatted(Tensors.describe(images), ClipResNet.SMALLEST));
    }
    return Batching.inTurn(
            Math.toIntExact(images.size(0)),
            together,
            (first, count) -> scores(images.narrow(0, first, count)))
        .stream()
        .flatMapToDouble(DoubleStream::of)
        .toArray();
  }

  private double[] scores(Tensor images) {
    try (Scope scope = Scope.open()) {
      Tensor scores = network.scores(images.detach()); // (N)
      if (!Tensors.allFinite(scores)) {
        throw NotFiniteException.of("QualiCLIP '" + name + "'", images);
      }
      return Tensors.toDoubles(scores);
    }
  }

  /** One line for people and for {@code run.json}. */
  public String describe() {
    return network.describe();
  }

  @Override
  public void close() {
    network.close();
  }
}
