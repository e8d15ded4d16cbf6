package org.tiltlens.explain;

import java.util.List;
import java.util.Map;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.measuring.HeatMethod;
import org.tiltlens.metrics.Interval;
import org.tiltlens.run.Execution;

/**
 * Why a picture drives a unit; the content of a {@code run.json}. All files are relative to its
 * folder.
 *
 * @param tiltlens release that made it
 * @param engine release of the tensor engine
 * @param command {@code explain}
 * @param spec what was asked for, in full
 * @param execution how it was computed
 * @param modelSha256 file of a model or a harvest -> SHA-256, hexadecimal
 * @param imageSha256 SHA-256 of the picture's file, hexadecimal
 * @param corpus {@link org.tiltlens.corpus.Corpus#fingerprint} of the probe's corpus; absent
 *     without a probe
 * @param leftOut images of that corpus that were met and could not be used, and why; their names
 *     are in {@code skipped.txt}; absent if none
 * @param visionModel what the vision model was recognised as, and how images are prepared for it;
 *     absent in runs before this was written
 * @param seed seed of the probe
 * @param seconds wall-clock seconds of this process
 * @param results one entry per unit
 */
public record ExplainResult(
    String tiltlens,
    String engine,
    String command,
    ExplainSpec spec,
    Execution execution,
    Map<String, String> modelSha256,
    String visionModel,
    String imageSha256,
    String corpus,
    LeftOut leftOut,
    long seed,
    double seconds,
    List<UnitResult> results) {

  /**
   * A unit and the picture.
   *
   * @param unit the unit
   * @param feature its index if it is a dictionary feature
   * @param reading hook point, reduction and crop, one line
   * @param image the picture as the network saw it, a PNG
   * @param score the unit's score of it
   * @param percentile of the score among the corpus', in [0, 100]; absent if they are not known
   * @param note why there is no percentile although a harvest was given; absent otherwise
   * @param maps where in the picture the score comes from, by several methods
   * @param values a safetensors file of the maps' values by their methods' names
   * @param reliance what the unit goes by; absent if it was not asked
   */
  public record UnitResult(
      String unit,
      Integer feature,
      String reading,
      String image,
      double score,
      Double percentile,
      String note,
      List<MapResult> maps,
      String values,
      RelianceResult reliance) {}

  /**
   * A heat map.
   *
   * @param method {@code activation}, {@code gradient-activation}, {@code grad-cam} or {@code
   *     occlusion}
   * @param setting what it was made with, in words
   * @param file a PNG to lay over the picture: orange above 0, blue below, clear at 0, full colour
   *     at the largest distance from 0
   * @param rows of the map
   * @param columns of the map
   * @param lowest its lowest value
   * @param highest its highest value
   */
  public record MapResult(
      String method,
      String setting,
      String file,
      int rows,
      int columns,
      double lowest,
      double highest) {

    /** What the method is called, in words. */
    public String label() {
      return HeatMethod.ofKey(method).label();
    }

    /** How to read its map, one sentence. */
    public String meaning() {
      return HeatMethod.ofKey(method).meaning();
    }
  }

  /**
   * What the unit goes by, see {@link org.tiltlens.attribution.Reliance}.
   *
   * @param images how many of the unit's top images were asked
   * @param topImages their indices in the corpus, highest score first
   * @param floor the score that counts as none, the corpus' mean
   * @param score mean score of the images as they are
   * @param altered one per alteration
   * @param reading in plain words
   */
  public record RelianceResult(
      int images,
      List<Integer> topImages,
      double floor,
      Interval score,
      List<AlteredResult> altered,
      String reading) {}

  /**
   * The top images under one alteration.
   *
   * @param alteration {@code shuffled}, {@code blurred} or {@code grey}
   * @param removes what it takes from images
   * @param file the explained picture under it, a PNG
   * @param pictureScore the score of that
   * @param score mean score of the top images under it
   * @param kept the share of the score above the floor that is left; absent unless every image
   *     scores above the floor as it is, and where the images have nothing that could be taken
   */
  public record AlteredResult(
      String alteration,
      String removes,
      String file,
      double pictureScore,
      Interval score,
      Interval kept) {}
}
