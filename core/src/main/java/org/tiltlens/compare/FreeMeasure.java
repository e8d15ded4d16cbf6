package org.tiltlens.compare;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
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

  /** How far {@link #of(Tensor, List, String, RunFolder, Progress.Task)} advances its task. */
  long units() {
    return bound.units() + slow.map(KeptBound::units).orElse(0L);
  }

  /**
   * Measures images.
   *
   * @param images (n, 3, H, W)
   * @param samples name their noise
   * @param name of what is kept of work under way, before an image's number
   */
  List<Numbers> of(
      Tensor images, List<Integer> samples, String name, RunFolder run, Progress.Task task)
      throws IOException {
    Optional<double[]> seen = quality.map(judge -> judge.of(images, samples.size()));
    double[] high = HighFrequencyEnergy.of(images);
    List<Numbers> numbers = new ArrayList<>();
    for (int i = 0; i < high.length; i++) {
      int place = i;
      int sample = samples.get(i);
      Tensor image = images.narrow(0, i, 1);
      String kept = "bound-" + name + sample + ".json";
      VariationalBound.Bits bits = bound.bits(image, sample, run.state(kept), task);
      Double slowBits =
          slow.isEmpty()
              ? null
              : Double.valueOf(slow.get().of(image, sample, run.state("slow-" + kept), task));
      numbers.add(
          new Numbers(
              bits, slowBits, seen.map(each -> each[place]).orElse(null), high[i] / highFrequency));
    }
    return numbers;
  }
}
