package org.tiltlens.compare;

import java.util.List;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Tensors;
import org.tiltlens.torch.Warp;

/**
 * Images that everybody knows.
 *
 * @param key their name in JSON and file names
 * @param label their name for people
 * @param meaning one sentence without its full stop
 * @param images each (1, 3, H, W) in the innermost scope
 */
record KnownImages(
    String key, String label, String meaning, Function<List<Integer>, Tensor> images) {
  private static final double BLACK = -1;
  private static final double LIFTED = 10 * 2 / 255.0;
  private static final double TINT = 0.2;

  /** Of the tint: red, green, blue in [-1, 1]. */
  private static final List<Double> PALE = List.of(1.0, 0.8, 0.6);

  /**
   * All kinds.
   *
   * @param natural different natural images, each in the innermost scope
   * @param seed of noise, and of the prior's samples
   */
  static List<KnownImages> all(IntFunction<Tensor> natural, Prior prior, long seed) {
    return List.of(
        new KnownImages(
            "natural",
            "natural images",
            "images of the corpus' calibrating half, drawn alike: the floor of what is told of the"
                + " corpus",
            each(natural)),
        new KnownImages(
            "prior",
            "the prior's samples",
            "unguided samples of the diffusion model",
            images ->
                new UnguidedSampler(prior, new AncestralStep())
                    .sample(seed, images.stream().mapToLong(Integer::longValue).toArray())),
        new KnownImages(
            "black",
            "black",
            "a black image, many times",
            each(i -> Tensors.full(BLACK, Tensors.shape(natural.apply(i))))),
        new KnownImages(
            "lifted",
            "natural, lifted",
            "the natural images, 10 of 255 levels brighter",
            each(i -> Tensors.clamp(Tensors.plus(natural.apply(i), LIFTED), -1, 1))),
        new KnownImages(
            "blurred",
            "natural, blurred",
            "the natural images, each pixel the mean of the 3 x 3 around it",
            each(i -> blurred(natural.apply(i)))),
        new KnownImages(
            "tinted",
            "natural, tinted",
            "the natural images under a fifth of a pale orange",
            each(i -> tinted(natural.apply(i)))),
        new KnownImages(
            "noise",
            "noise",
            "all levels of all pixels equally likely",
            each(i -> noise(seed, i, Tensors.shape(natural.apply(i))))));
  }

  /** Of numbers, what each gives by itself. */
  private static Function<List<Integer>, Tensor> each(IntFunction<Tensor> image) {
    return numbers -> Tensors.cat(numbers.stream().map(image::apply).toList(), 0);
  }

  private static Tensor noise(long seed, int i, long... shape) {
    return Tensors.plus(Tensors.scale(Noise.uniform(seed, -3L - i, 0, shape), 2), -1);
  }

  private static Tensor blurred(Tensor x) {
    Tensor sum = Tensors.zeros(Tensors.shape(x));
    for (int right = -1; right <= 1; right++) {
      for (int down = -1; down <= 1; down++) {
        sum = sum.add(Warp.roll(x, right, down));
      }
    }
    return Tensors.scale(sum, 1 / 9.0);
  }

  private static Tensor tinted(Tensor x) {
    double[] tint = PALE.stream().mapToDouble(level -> TINT * level).toArray();
    return Tensors.scale(x, 1 - TINT)
        .add(Tensors.float32(Tensors.doubles(tint, 1, tint.length, 1, 1)));
  }
}
