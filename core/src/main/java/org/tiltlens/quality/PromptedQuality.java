package org.tiltlens.quality;

import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * How much nearer an image is to the good prompt of a pair than to the bad one.
 *
 * @param encoder makes vectors of images
 * @param prompts {@link QualiClip#PROMPTS}: (2 pairs, D), good and bad in turn
 */
record PromptedQuality(ClipResNet encoder, Weights prompts) implements QualityNetwork {
  private static final double SCALE = 100;

  /**
   * Loads both.
   *
   * @param encoderPrefix what stands before the encoder's names
   * @param promptsName the prompts' name in the checkpoint
   * @throws CheckpointException if a tensor does not fit; one line
   */
  static PromptedQuality open(
      TensorStore store, String encoderPrefix, String promptsName, Device device) {
    ClipResNet encoder = ClipResNet.open(store, encoderPrefix, device);
    try {
      return new PromptedQuality(encoder, prompts(store, promptsName, encoder, device));
    } catch (RuntimeException | Error e) {
      encoder.close();
      throw e;
    }
  }

  private static Weights prompts(
      TensorStore store, String name, ClipResNet encoder, Device device) {
    int dimensions = encoder.config().dimensions();
    List<Long> shape = store.entries().get(name).shape();
    if (shape.size() != 2
        || shape.get(0) < 2
        || shape.get(0) % 2 != 0
        || shape.get(1) != dimensions) {
      throw new CheckpointException(
          "%s: tensor '%s' is %s, expected pairs of prompts, 2P x %d"
              .formatted(store.source(), name, shape, dimensions));
    }
    Map<String, List<Long>> needed = Map.of(QualiClip.PROMPTS, shape);
    return Weights.load(store, needed, ours -> name, List.of(".*"), device);
  }

  @Override
  public Tensor scores(Tensor images) {
    return Scope.of(
        () -> {
          Tensor vectors = directions(encoder.vectors(images)); // (N, D)
          Tensor texts = directions(prompts.get(QualiClip.PROMPTS)); // (2 P, D)
          Tensor cosines = vectors.matmul(texts.t()).reshape(vectors.size(0), -1, 2); // (N, P, 2)
          Tensor nearer = cosines.select(2, 0).sub(cosines.select(2, 1)); // (N, P)
          // In double precision: a mean of ones must not exceed 1.
          Tensor pairs = Tensors.scale(Tensors.float64(nearer), SCALE).sigmoid();
          return Tensors.mean(pairs, 1);
        });
  }

  /** Rows of length 1. */
  private static Tensor directions(Tensor x) {
    return x.div(Tensors.sum(x.square(), 1).sqrt().unsqueeze(1));
  }

  @Override
  public String describe() {
    ClipResNetConfig config = encoder.config();
    return "QualiCLIP, CLIP residual network of width %d, blocks %s, %d pairs of prompts"
        .formatted(
            config.width(),
            config.blocks().stream().map(String::valueOf).collect(Collectors.joining(",")),
            prompts.get(QualiClip.PROMPTS).size(0) / 2);
  }

  @Override
  public void close() {
    encoder.close();
    prompts.close();
  }
}
