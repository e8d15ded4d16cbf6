package org.tiltlens.compare;

import java.io.IOException;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.VariationalBound;
import org.tiltlens.measuring.KeptBound;
import org.tiltlens.metrics.HighFrequencyEnergy;
import org.tiltlens.quality.QualiClip;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.sampling.Walk;

/**
 * The numbers of an image that ask for no feature.
 *
 * @param bound over the comparison's own steps
 * @param slow over more, of the dequantised image; empty if it was not asked for
 * @param quality who looks at it, too; empty without weights
 * @param highFrequency mean share of high frequencies in natural images
 */
record FreeMeasure(
    KeptBound bound, Optional<KeptBound> slow, Optional<QualiClip> quality, double highFrequency) {
  /**
   * What it says.
   *
   * @param slowBits null if it was not asked for
   * @param quality null likewise
   */
  record Numbers(
      VariationalBound.Bits bits, Double slowBits, Double quality, double highFrequency) {}

  /**
   * Those that a comparison asks for.
   *
   * @param prior in the comparison's own steps
   */
  static FreeMeasure of(CompareContext context, Prior prior, CompareSpace space) {
    KeptBound bound = new KeptBound(prior, context.spec().seed(), Walk.SAVE_EVERY);
    return new FreeMeasure(bound, context.slowBound(), context.quality(), space.highFrequency());
  }

  /** How far {@link #of(Tensor, int, String, RunFolder, Progress.Task)} advances its task. */
  long units() {
    return bound.units() + slow.map(KeptBound::units).orElse(0L);
  }

  /**
   * Measures one image.
   *
   * @param x (1, 3, H, W)
   * @param sample names its noise
   * @param name of what is kept of work under way
   */
  Numbers of(Tensor x, int sample, String name, RunFolder run, Progress.Task task)
      throws IOException {
    VariationalBound.Bits bits = bound.bits(x, sample, run.state("bound-" + name + ".json"), task);
    Double slowBits =
        slow.isEmpty()
            ? null
            : Double.valueOf(
                slow.get().of(x, sample, run.state("slow-bound-" + name + ".json"), task));
    return new Numbers(
        bits,
        slowBits,
        quality.map(judge -> judge.of(x)[0]).orElse(null),
        HighFrequencyEnergy.of(x)[0] / highFrequency);
  }
}
