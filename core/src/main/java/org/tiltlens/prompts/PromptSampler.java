package org.tiltlens.prompts;

import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Tensors;

/**
 * Draws images of contexts by named noise: an image is a function of context, seed and number.
 *
 * @param steps from noise to images
 * @param settings how
 */
public record PromptSampler(FewSteps steps, SamplerSettings settings) {
  /** The noise of a search is that of no image. */
  private static final long SEARCH = -1;

  /** How many steps an image takes. */
  public int length(Tensor context) {
    return steps.told().apply(context.detach()).schedule().steps();
  }

  /** Image number {@code index} of a context, (1, C, H, W). */
  public Tensor image(Tensor context, long seed, int index) {
    long[] shape = steps.told().apply(context.detach()).noiseShape();
    return steps.images(
        context, draw -> Noise.normal(seed, index, draw, 1, shape[0], shape[1], shape[2]));
  }

  /** The first images of a context, (count, C, H, W). */
  public Tensor images(Tensor context, long seed, int count) {
    return Tensors.cat(
        IntStream.range(0, count).mapToObj(index -> image(context, seed, index)).toList(), 0);
  }

  /**
   * An energy of the images that a search looks at, with its gradient to the context.
   *
   * @param step of the search
   */
  FewSteps.Climbed climb(Tensor context, long seed, int step, UnaryOperator<Tensor> energy) {
    return steps.climb(context, searched(context, seed, step), energy);
  }

  private IntFunction<Tensor> searched(Tensor context, long seed, int step) {
    long[] shape = steps.told().apply(context.detach()).noiseShape();
    long more = settings.fresh() ? (long) step * length(context) : 0;
    return draw ->
        Noise.normal(
            seed,
            SEARCH,
            draw == 0 ? 0 : draw + more,
            settings.images(),
            shape[0],
            shape[1],
            shape[2]);
  }
}
