package org.tiltlens.demo;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tiltlens.run.CorpusNote;
import org.tiltlens.run.Execution;
import org.tiltlens.study.GrownClass;
import org.tiltlens.study.StudyResult;

/**
 * What a demo found; the content of its {@code run.json}. All files are relative to its folder.
 *
 * @param tiltlens release that made it
 * @param engine release of the tensor engine
 * @param command {@code demo}
 * @param spec what was asked for
 * @param execution how it was computed
 * @param modelSha256 model file -> SHA-256, hexadecimal
 * @param seed the run's seed
 * @param seconds wall-clock seconds of this process
 * @param modelSecondsPerStep mean seconds of one sampling step of one image; absent if every image
 *     was there already
 * @param bundle the bundle's name
 * @param corpus what the features were measured on
 * @param rule how the features were picked, in words
 * @param eligible how many features the rule allowed
 * @param unguided images of the prior itself: {@code results} in form, with beta 0
 * @param features what the corpus shows of each feature, in the order of the pages
 * @param results images drawn: for each feature one entry per target
 * @param growth for each of the results the classes that it shows more of than the prior, as a
 *     judge sees them; absent without a judge or without exact samples
 */
public record DemoResult(
    String tiltlens,
    String engine,
    String command,
    DemoSpec spec,
    Execution execution,
    Map<String, String> modelSha256,
    long seed,
    double seconds,
    Double modelSecondsPerStep,
    String bundle,
    CorpusNote corpus,
    String rule,
    int eligible,
    StudyResult.UnitResult unguided,
    List<FeatureExhibit> features,
    List<StudyResult.UnitResult> results,
    List<List<GrownClass>> growth) {

  /**
   * What a feature fires on in the corpus.
   *
   * @param feature its index
   * @param frequency share of images on which it is active anywhere, in [0, 1]
   * @param meanScore mean score of the corpus
   * @param maxScore highest score of the corpus
   * @param images the images of the highest scores, highest first
   */
  public record FeatureExhibit(
      int feature,
      double frequency,
      double meanScore,
      double maxScore,
      List<ExhibitImage> images) {}

  /**
   * An image of the corpus.
   *
   * @param file the image, a PNG
   * @param overlay its activation map as a picture to lay over the image: transparent where the
   *     feature is silent; absent where all features are shown
   * @param maps what else explains its score, as pictures to lay over it: method, such as {@code
   *     grad-cam}, -> file
   * @param index its index in the corpus
   * @param label its class; absent if the corpus has none
   * @param score its score
   * @param bitsPerDim the prior's bits per dimension, as for drawn images; absent where all
   *     features are shown
   */
  public record ExhibitImage(
      String file,
      String overlay,
      Map<String, String> maps,
      int index,
      String label,
      double score,
      Double bitsPerDim) {
    public ExhibitImage {
      maps = maps == null ? Map.of() : Collections.unmodifiableMap(new LinkedHashMap<>(maps));
    }
  }

  /** The results of one feature, in the order of the targets. */
  public List<StudyResult.UnitResult> resultsOf(int feature) {
    return results.stream()
        .filter(result -> result.feature() != null && result.feature() == feature)
        .toList();
  }
}
