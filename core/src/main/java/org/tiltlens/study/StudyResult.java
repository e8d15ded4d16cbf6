package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonProperty;
import com.fasterxml.jackson.annotation.JsonUnwrapped;
import java.util.List;
import java.util.Map;
import org.tiltlens.run.Execution;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.synthesis.Particles;
import org.tiltlens.tilting.Pilot;
import org.tiltlens.tilting.Target;

/**
 * What a run found; the content of {@code run.json}.
 *
 * @param tiltlens release that made it
 * @param engine release of the tensor engine
 * @param command the command that ran
 * @param spec what was asked for, in full; enough to repeat the run
 * @param execution how it was computed
 * @param modelSha256 model file -> SHA-256, hexadecimal; of a corpus that samples start from,
 *     {@link org.tiltlens.corpus.Corpus#fingerprint}
 * @param visionModel what the vision model was recognised as, and how images are prepared for it;
 *     absent in runs before this was written
 * @param seed the run's seed
 * @param seconds wall-clock seconds of this process, model loading included
 * @param loadSeconds of which: opening, checking and loading the models
 * @param drawingSeconds wall-clock seconds of drawing the images alone, those of processes that
 *     were killed included; absent if some are not known
 * @param pilotSeconds the same of the pilots that were tried before the run's beta was found;
 *     absent without pilots
 * @param modelSecondsPerStep mean seconds of one sampling step of one batch: one image on the CPU,
 *     all particles of a twisted run; absent if every image was there already
 * @param peakResidentBytes largest resident memory of this process; absent where the system does
 *     not tell
 * @param results one entry per unit
 */
public record StudyResult(
    String tiltlens,
    String engine,
    String command,
    StudySpec spec,
    Execution execution,
    Map<String, String> modelSha256,
    String visionModel,
    long seed,
    double seconds,
    double loadSeconds,
    Double drawingSeconds,
    Double pilotSeconds,
    Double modelSecondsPerStep,
    Long peakResidentBytes,
    List<UnitResult> results) {

  /** The same with its files named from a folder above. */
  public StudyResult within(String folder) {
    return new StudyResult(
        tiltlens,
        engine,
        command,
        spec,
        execution,
        modelSha256,
        visionModel,
        seed,
        seconds,
        loadSeconds,
        drawingSeconds,
        pilotSeconds,
        modelSecondsPerStep,
        peakResidentBytes,
        results.stream().map(result -> result.within(folder)).toList());
  }

  /**
   * The images of one unit.
   *
   * @param unit the unit
   * @param feature its index if it is a dictionary feature
   * @param method how the images were made, {@code klsc}
   * @param guidance {@code exact}, {@code renoised}: from images of a corpus, {@code tilt}, {@code
   *     twisted}: weighted particles, or {@code constant}, the published heuristic
   * @param approximation what keeps the method from sampling q_beta exactly
   * @param beta tilt strength, given or solved for
   * @param target what was aimed at; absent if beta was given
   * @param corpusBeta the beta that the corpus alone says reaches the target; absent without one
   * @param pilots short runs that corrected it: the betas tried and the mean scores they reached,
   *     on other noise than the images'
   * @param betaStandardError how far the chance of the pilots' images may have moved beta; absent
   *     without pilots
   * @param scale factor of {@code constant}
   * @param ladder betas from 0 to the run's and the mean scores they reached; absent without them
   * @param images one entry per image, in order
   * @param reachedPercentile percentile of the mean score among the corpus' scores, in [0, 100];
   *     absent without a harvested corpus
   * @param meanBitsPerDim mean of the images' bits per dimension
   * @param estimates what the run says of the distribution; its values also stand beside it, by
   *     themselves
   * @param note why there are no percentiles although a harvest was given, and what is to be known
   *     of the models; absent where there is nothing to say
   * @param particles what became of the particles of a twisted run; absent in others
   * @param annealed how exact samples were had; absent in others
   * @param renoised how samples that started from a corpus were had; absent in others
   */
  public record UnitResult(
      String unit,
      Integer feature,
      String method,
      String guidance,
      String approximation,
      Double beta,
      Target target,
      Double corpusBeta,
      List<Pilot> pilots,
      Double betaStandardError,
      Double scale,
      List<Pilot> ladder,
      List<ImageResult> images,
      Double reachedPercentile,
      double meanBitsPerDim,
      Estimates estimates,
      String note,
      @JsonUnwrapped Particles particles,
      AnnealedReport annealed,
      RenoisedReport renoised) {
    public UnitResult {
      // What is absent from a file arrives as an empty record, since it has no key of its own.
      if (particles != null && particles.essPerStep() == null) {
        particles = null;
      }
    }

    private UnitResult within(String folder) {
      return new UnitResult(
          unit,
          feature,
          method,
          guidance,
          approximation,
          beta,
          target,
          corpusBeta,
          pilots,
          betaStandardError,
          scale,
          ladder,
          images.stream().map(image -> image.within(folder)).toList(),
          reachedPercentile,
          meanBitsPerDim,
          estimates,
          note,
          particles,
          annealed,
          renoised);
    }

    @JsonProperty
    public double meanScore() {
      return estimates.meanScore().value();
    }

    /** Mean score of the images alone, whatever else is known of the tilt's. */
    @JsonProperty
    public double meanScoreOfImages() {
      return images.stream().mapToDouble(ImageResult::score).average().orElseThrow();
    }

    @JsonProperty
    public Double pathKl() {
      return value(estimates.pathKl());
    }

    @JsonProperty
    public Double kl() {
      return value(estimates.kl());
    }

    @JsonProperty
    public Double logZ() {
      return value(estimates.logZ());
    }

    @JsonProperty
    public Double certificate() {
      return value(estimates.certificate());
    }

    private static Double value(Estimated estimate) {
      return estimate == null ? null : estimate.value();
    }
  }

  /**
   * One image.
   *
   * @param file the PNG, relative to the run's folder
   * @param tensor the unrounded image, tensor {@code x} (1, 3, H, W) in about [-1, 1] of a
   *     safetensors file
   * @param sample its index in the run; with the seed it names the noise it came from, but in a
   *     twisted run
   * @param particle the particle of a twisted or exact run that it shows; absent in others
   * @param ancestor the path of the pool, image of the corpus or first particle that it descends
   *     from: images of equal numbers are relatives; absent in runs whose images are independent
   * @param score the unit's score on the image as the PNG holds it
   * @param scoreAfterTopk the score after the dictionary's activation function; absent if the unit
   *     is no feature
   * @param percentile percentile of its score among the corpus' scores, in [0, 100]; absent without
   *     a harvested corpus
   * @param bitsPerDim the prior's variational bound of -log2 p(x) / D over the run's own steps,
   *     estimated with one draw of noise per step
   * @param pathKl this image's term of the path KL, in nats
   */
  public record ImageResult(
      String file,
      String tensor,
      int sample,
      Integer particle,
      Integer ancestor,
      double score,
      Double scoreAfterTopk,
      Double percentile,
      double bitsPerDim,
      Double pathKl) {

    static double[] scores(List<ImageResult> images) {
      return images.stream().mapToDouble(ImageResult::score).toArray();
    }

    /** Null if some are not known. */
    static double[] pathKls(List<ImageResult> images) {
      return images.stream().allMatch(image -> image.pathKl() != null)
          ? images.stream().mapToDouble(ImageResult::pathKl).toArray()
          : null;
    }

    private ImageResult within(String folder) {
      return new ImageResult(
          folder + "/" + file,
          folder + "/" + tensor,
          sample,
          particle,
          ancestor,
          score,
          scoreAfterTopk,
          percentile,
          bitsPerDim,
          pathKl);
    }
  }
}
