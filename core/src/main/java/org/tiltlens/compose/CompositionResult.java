package org.tiltlens.compose;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;
import java.util.Map;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.run.Execution;
import org.tiltlens.study.AnnealedReport;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Particles;
import org.tiltlens.tilting.JointPilot;
import org.tiltlens.tilting.Target;

/**
 * What a composition found; the content of its {@code run.json}.
 *
 * @param tiltlens release that made it
 * @param engine release of the tensor engine
 * @param command {@code compose}
 * @param spec what was asked for, in full
 * @param execution how it was computed
 * @param modelSha256 model file -> SHA-256, hexadecimal
 * @param corpus fingerprint of the corpus' images
 * @param leftOut images of the corpus that could not be used, and why; their names are in {@code
 *     skipped.txt}; absent if none
 * @param seed the run's seed
 * @param seconds wall-clock seconds of this process
 * @param approximation what keeps the method from sampling the joint tilt exactly
 * @param units what became of each unit, in the spec's order
 * @param corpusTilt what the corpus says of the joint tilt at its own betas
 * @param pilots the betas tried and the mean scores they reached, in order
 * @param weighted what weighted particles or exact samples tell; absent without them
 * @param annealed how exact samples were had; absent for others
 * @param results one entry per image
 */
public record CompositionResult(
    String tiltlens,
    String engine,
    String command,
    CompositionSpec spec,
    Execution execution,
    Map<String, String> modelSha256,
    String corpus,
    LeftOut leftOut,
    long seed,
    double seconds,
    String approximation,
    List<UnitOutcome> units,
    CorpusTilt corpusTilt,
    List<JointPilot> pilots,
    Weighted weighted,
    AnnealedReport annealed,
    List<Image> results) {

  /**
   * One unit.
   *
   * @param unit the unit
   * @param beta tilt strength of the run
   * @param corpusBeta the beta the corpus alone says
   * @param target mean score wanted and its percentile; absent if beta was given
   * @param naturalMean mean score of the corpus
   * @param meanScore mean score of the run's images, weighted particles or exact samples, capped
   *     where the unit has a cap
   * @param standardError of the mean score; absent for one image or one family of particles
   * @param estimator how the mean was had
   * @param reachedPercentile percentile of the mean score among the corpus' scores
   */
  public record UnitOutcome(
      String unit,
      double beta,
      double corpusBeta,
      Target target,
      double naturalMean,
      double meanScore,
      Double standardError,
      String estimator,
      double reachedPercentile) {}

  /**
   * The corpus tilted jointly.
   *
   * @param images number of images
   * @param logZ log Z of its betas
   * @param kl KL(q_beta || p) in nats
   * @param ess effective number of images
   */
  public record CorpusTilt(int images, double logZ, double kl, double ess) {}

  /**
   * What weighted particles or exact samples tell of the joint tilt.
   *
   * @param logZ log E_p[exp(sum_k beta_k s_k)]
   * @param kl KL(q_beta || p) in nats
   * @param particles what became of them; absent of exact samples
   */
  public record Weighted(Estimated logZ, Estimated kl, Particles particles) {}

  /**
   * One image.
   *
   * @param file the PNG, relative to the run's folder
   * @param tensor the unrounded image, tensor {@code x} of a safetensors file
   * @param sample its index in the run
   * @param particle the particle it shows; absent without particles
   * @param readings one per unit, in the spec's order
   * @param bitsPerDim the prior's variational bound of -log2 p(x) / D
   * @param pathKl this image's term of the path KL, in nats; absent where it is not known
   */
  public record Image(
      String file,
      String tensor,
      int sample,
      Integer particle,
      List<UnitReading> readings,
      double bitsPerDim,
      Double pathKl) {}

  /**
   * One unit on one image.
   *
   * @param overlay its activation map as a picture to lay over the image
   * @param score its score, not capped
   * @param percentile of the score among the corpus' scores
   * @param peakRow where its whole map is highest
   * @param peakColumn where its whole map is highest
   */
  public record UnitReading(
      String overlay, double score, double percentile, int peakRow, int peakColumn) {}

  /** Mean of the images' bits per dimension. */
  @JsonProperty
  public double meanBitsPerDim() {
    return results.stream().mapToDouble(Image::bitsPerDim).average().orElseThrow();
  }

  /** Mean score of the images alone, not capped, whatever else is known of the tilt's. */
  public double meanScoreOfImages(int unit) {
    return results.stream()
        .mapToDouble(image -> image.readings().get(unit).score())
        .average()
        .orElseThrow();
  }

  /** Mean of the images' path KL; absent with particles, and where it is not known of each. */
  @JsonProperty
  public Double pathKl() {
    return weighted == null && results.stream().allMatch(image -> image.pathKl() != null)
        ? results.stream().mapToDouble(Image::pathKl).average().orElseThrow()
        : null;
  }
}
