package org.tiltlens.compare;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.metrics.Interval;
import org.tiltlens.run.CorpusNote;
import org.tiltlens.run.Execution;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.tilting.Pilot;
import org.tiltlens.tilting.Target;

/**
 * What a comparison of methods found; the content of its {@code compare.json} and {@code run.json}.
 * All files are relative to its folder.
 *
 * @param tiltlens release that made it
 * @param engine release of the tensor engine
 * @param command {@code compare}
 * @param spec what was asked for
 * @param execution how it was computed
 * @param modelSha256 model file -> SHA-256, hexadecimal
 * @param seed seed of all noise
 * @param seconds wall-clock seconds of this process
 * @param bundle the bundle's name
 * @param corpus what the features were measured on
 * @param leftOut images of it that could not be used, and why; their names are in {@code
 *     skipped.txt}; absent if none
 * @param space the features in which sets of images are compared
 * @param boundSteps steps over which every image's bits per dimension are bounded
 * @param calibratingImages images of the corpus that methods were aimed by and drew from
 * @param judgingImages its other images, which all was held against
 * @param features what was aimed at, one entry per feature but those on which every method failed
 *     because the score is finite on no image
 * @param results one entry per feature, method and seed
 * @param medians one entry per method, over the features on which it did not fail
 * @param floor what as many natural images are off by: medians over the features
 * @param yardsticks the same numbers of images that everybody knows
 */
public record CompareResult(
    String tiltlens,
    String engine,
    String command,
    CompareSpec spec,
    Execution execution,
    Map<String, String> modelSha256,
    long seed,
    double seconds,
    String bundle,
    CorpusNote corpus,
    LeftOut leftOut,
    String space,
    int boundSteps,
    int calibratingImages,
    int judgingImages,
    List<Feature> features,
    List<Cell> results,
    List<Median> medians,
    Map<ComparedNumber, Interval> floor,
    List<Yardstick> yardsticks) {

  /**
   * A feature and what the methods were aimed at.
   *
   * @param feature its index
   * @param score unit, hook point, reduction and crop, one line
   * @param corpusMean mean score of the corpus
   * @param corpusMax highest score of the corpus
   * @param target mean score wanted, and its percentile among the calibrating half's scores
   * @param corpusBeta the beta that reaches it on the calibrating half
   * @param beta the tilt's beta, by pilots of the first seed; absent where no method asked for it
   * @param pilots the betas tried and the mean scores they reached; empty likewise
   * @param highestActivation the value of full colour in all its activation maps
   * @param floor what as many images of the calibrating half are off by from the judging one
   */
  public record Feature(
      int feature,
      String score,
      double corpusMean,
      double corpusMax,
      Target target,
      double corpusBeta,
      Double beta,
      List<Pilot> pilots,
      double highestActivation,
      Map<ComparedNumber, Double> floor) {

    /** The same with what the tilt's pilots found. */
    Feature tilted(double found, List<Pilot> tried) {
      return new Feature(
          feature,
          score,
          corpusMean,
          corpusMax,
          target,
          corpusBeta,
          found,
          tried,
          highestActivation,
          floor);
    }
  }

  /**
   * A method on a feature.
   *
   * @param feature the feature's index
   * @param method the method
   * @param seed of its noise
   * @param failure why there are no images; absent if there are
   * @param setting what it was set to, in words, such as {@code beta 1.32}
   * @param secondsPerImage wall-clock seconds of drawing alone, over the images: opening models,
   *     finding beta and measuring apart, processes that were killed included; absent after a
   *     failure and where it is not known
   * @param secondsFindingBeta wall-clock seconds of drawing pilots for the beta, but for the one
   *     whose images are the method's; absent for methods without pilots
   * @param images in order; empty after a failure
   * @param metrics of all images together; absent after a failure
   */
  public record Cell(
      int feature,
      Method method,
      long seed,
      String failure,
      String setting,
      Double secondsPerImage,
      Double secondsFindingBeta,
      List<Image> images,
      Metrics metrics) {}

  /**
   * An image.
   *
   * @param file the PNG
   * @param tensor the unrounded image, tensor {@code x} (1, 3, H, W) of a safetensors file
   * @param overlay its activation map as a picture to lay over the image
   * @param unit which images hang together, such as copies and relatives: those of equal numbers
   * @param score the feature's score
   * @param ownScore the same as a mean over views such as an ascent looked at; absent for others
   * @param scoreAfterTopk the score after the dictionary's activation function
   * @param percentile of the score among the judging half's scores, in [0, 100]
   * @param rank of the feature among all features by their scores on the image; 1 is the strongest
   * @param bitsPerDim the prior's variational bound of -log2 p(x) / D, over the comparison's steps
   * @param bitsOfLastSteps of which: those of the last two steps
   * @param slowBitsPerDim the bound over more steps, of the dequantised image; absent if not asked
   *     for
   * @param quality by QualiCLIP, in [0, 1]; absent without its weights
   * @param highFrequency share of the spectral energy above half of Nyquist's frequency, over the
   *     corpus' mean share
   */
  public record Image(
      String file,
      String tensor,
      String overlay,
      int unit,
      double score,
      Double ownScore,
      double scoreAfterTopk,
      double percentile,
      double rank,
      double bitsPerDim,
      double bitsOfLastSteps,
      Double slowBitsPerDim,
      Double quality,
      double highFrequency) {}

  /**
   * Numbers of a set of images. Ranges are of draws of independent images: those that hang together
   * are drawn together.
   *
   * @param meanScore mean score
   * @param ownScore mean score over views such as an ascent looked at; absent for others
   * @param reachedPercentile percentile of the mean score among the judging half's scores
   * @param activeShare share of the images that activate the feature
   * @param medianRank median rank of the feature among all features
   * @param bitsPerDim mean bits per dimension
   * @param bitsOfLastSteps of which: those of the last two steps
   * @param slowBitsPerDim mean of the bounds over more steps; absent if not asked for
   * @param quality mean by QualiCLIP; absent without its weights
   * @param highFrequency mean share of high frequencies over the corpus' mean share
   * @param diversity mean pairwise cosine distance
   * @param vendiScore effective number of different images
   * @param kl what the method pays; absent where it is not known
   * @param klFromImages KL of what was drawn from the corpus, by nearest neighbours in the space of
   *     the comparison; absent with too few images
   * @param sameScore against images of the judging half with the same mean score
   * @param wholeCorpus against the judging half
   * @param judged against the exact tilt, in the eyes of the bundle's judge; absent without one
   */
  public record Metrics(
      Interval meanScore,
      Interval ownScore,
      double reachedPercentile,
      double activeShare,
      double medianRank,
      Interval bitsPerDim,
      Interval bitsOfLastSteps,
      Interval slowBitsPerDim,
      Interval quality,
      Interval highFrequency,
      double diversity,
      double vendiScore,
      Divergence kl,
      Estimate klFromImages,
      Naturalness sameScore,
      Naturalness wholeCorpus,
      Judged judged) {}

  /**
   * How far the distribution that a method draws from is from the natural images.
   *
   * @param nats absent where it is infinite, as for a method that climbs to a point
   * @param standardError of it; absent where the data cannot tell
   * @param meaning of what from what, and whether it is a bound
   */
  public record Divergence(Double nats, Double standardError, String meaning) {}

  /**
   * A set of images against a reference set, which shares none with it. The Frechet distance is
   * biased upwards by small numbers of images, the kernel distance is not; hold both against the
   * floor.
   *
   * @param reference images of the reference set
   * @param referenceMeanScore their mean score; below that of the images where the corpus does not
   *     reach so high
   * @param frechet Frechet distance
   * @param kernel kernel distance
   * @param precision share of the images that lie among the reference set; absent, as recall and
   *     coverage, with fewer than 64 images
   * @param recall share of the reference set that lies among the images
   * @param density how densely the reference set surrounds the images; 1 for images like it
   * @param coverage share of the reference set that has one of the images near
   * @param neighbours images of the reference set behind the last four numbers
   */
  public record Naturalness(
      int reference,
      double referenceMeanScore,
      Interval frechet,
      Interval kernel,
      Double precision,
      Double recall,
      Double density,
      Double coverage,
      int neighbours) {}

  /**
   * A set of images against the exact tilt they were aimed at, in the eyes of a judge, a network
   * that guided nothing. The tilt is that of the pool's images by weight; what is of it is absent
   * where the pool does not reach the wanted score with ten effective images. Exact samples are of
   * the same pool, and not independent of it.
   *
   * @param tiltBeta where the pool's weighted mean score is the wanted one
   * @param tiltEss how many of the pool's images are effective there
   * @param classes total variation between the classes of the images and those of the tilt, in [0,
   *     1]; lower is better
   * @param classesFloor its mean for as many independent draws from the tilt: what chance alone
   *     gives
   * @param classesFloorHigh its 95 % quantile for these
   * @param seen share of the rise of the mean score above the corpus' that the judge's feature sees
   *     too, the one that goes with the score on the corpus: 0 if it saw nothing; absent where
   *     there is no rise
   * @param tiltSeen the same share of the tilt itself, which is what to compare with
   * @param correlation of the score with the judge's feature, on images of the corpus that did not
   *     choose it; absent where the corpus has nothing to correlate, and {@code seen} with it
   */
  public record Judged(
      Double tiltBeta,
      Double tiltEss,
      Interval classes,
      Double classesFloor,
      Double classesFloorHigh,
      Estimate seen,
      Estimate tiltSeen,
      Estimate correlation) {}

  /**
   * Medians over features, each of a feature's mean over the seeds. Ranges are of draws of other
   * features.
   *
   * @param method the method
   * @param features over how many
   * @param numbers those that are known on some feature
   */
  public record Median(Method method, int features, Map<ComparedNumber, Interval> numbers) {}

  /**
   * Images that everybody knows, measured as those of the methods are.
   *
   * @param key its name in JSON and file names
   * @param label its name for people
   * @param meaning one sentence without its full stop
   * @param files the PNGs
   * @param numbers those that ask for no feature
   */
  public record Yardstick(
      String key,
      String label,
      String meaning,
      List<String> files,
      Map<ComparedNumber, Interval> numbers) {}

  /** A method on a feature, of the first seed, if both are there. */
  public Optional<Cell> cell(int feature, Method method) {
    return results.stream()
        .filter(cell -> cell.feature == feature && cell.method.equals(method))
        .findFirst();
  }
}
