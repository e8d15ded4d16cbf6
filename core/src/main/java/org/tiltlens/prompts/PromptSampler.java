package org.tiltlens.prompts;

import java.util.List;
import java.util.function.IntFunction;
import java.util.function.UnaryOperator;
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

  /**
   * Some images of a context, drawn together: on the CPU take one, for its bits to be its own.
   *
   * @param numbers of the images
   * @return (n, C, H, W)
   */
  public Tensor images(Tensor context, long seed, List<Integer> numbers) {
    long[] shape = steps.told().apply(context.detach()).noiseShape();
    return steps.images(
        context,
        draw ->
            Tensors.cat(
                numbers.stream()
                    .map(
                        number -> Noise.normal(seed, number, draw, 1, shape[0], shape[1], shape[2]))
                    .toList(),
                0));
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
