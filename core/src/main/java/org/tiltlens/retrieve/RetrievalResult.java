package org.tiltlens.retrieve;

import java.util.List;
import java.util.Map;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.run.Execution;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.TiltEstimate;

/**
 * What soft retrieval found; the content of its {@code run.json}.
 *
 * @param tiltlens release that made it
 * @param engine release of the tensor engine
 * @param command {@code retrieve}
 * @param spec what was asked for, in full
 * @param execution how it was computed
 * @param modelSha256 model file -> SHA-256, hexadecimal
 * @param corpus {@link org.tiltlens.corpus.Corpus#fingerprint} of the images
 * @param skipped images of the corpus that could not be used
 * @param leftOut how many, and why; their names are in {@code skipped.txt}; absent if none
 * @param visionModel what the vision model was recognised as, and how images are prepared for it;
 *     absent in runs before this was written
 * @param seed seed of the draws
 * @param seconds wall-clock seconds of this process
 * @param results one entry per unit
 */
public record RetrievalResult(
    String tiltlens,
    String engine,
    String command,
    RetrievalSpec spec,
    Execution execution,
    Map<String, String> modelSha256,
    String visionModel,
    String corpus,
    int skipped,
    LeftOut leftOut,
    long seed,
    double seconds,
    List<UnitResult> results) {

  /**
   * The images of one unit, and what the whole corpus says of its q_beta.
   *
   * @param unit the unit
   * @param feature its index if it is a dictionary feature
   * @param method {@code retrieval}
   * @param beta tilt strength, given or solved for
   * @param target what was aimed at; absent if beta was given
   * @param images those shown, in order; an image may be drawn more than once
   * @param meanScore mean of their scores
   * @param m E_q[s] over the whole corpus
   * @param logZ log E_p[exp(beta s)]
   * @param kl KL(q_beta || p) in nats
   * @param se standard errors of the three, by the jackknife over the images
   * @param ess effective number of images, from 1 to n
   * @param n images in the corpus
   * @param logN its logarithm, the most that KL can be
   * @param warning present where KL is so near to log n that the corpus can no longer tell
   */
  public record UnitResult(
      String unit,
      Integer feature,
      String method,
      double beta,
      Target target,
      List<ImageResult> images,
      double meanScore,
      double m,
      double logZ,
      double kl,
      StandardErrors se,
      double ess,
      long n,
      double logN,
      String warning) {}

  /**
   * Standard errors of numbers of the same names.
   *
   * @param m of E_q[s]
   * @param logZ of log Z
   * @param kl of KL
   */
  public record StandardErrors(double m, double logZ, double kl) {
    static StandardErrors of(TiltEstimate estimate) {
      return new StandardErrors(
          estimate.mean().standardError(),
          estimate.logZ().standardError(),
          estimate.kl().standardError());
    }
  }

  /**
   * One image.
   *
   * @param file a PNG, as the model saw the image, relative to the run's folder
   * @param index its index in the corpus
   * @param name its name there
   * @param label its class; absent if the corpus has none
   * @param score the unit's score
   * @param percentile the percentile of its score among the corpus', in [0, 100]
   * @param weight its share of q_beta, in [0, 1]
   */
  public record ImageResult(
      String file,
      int index,
      String name,
      String label,
      double score,
      double percentile,
      double weight) {}
}
