package org.tiltlens.frontier;

import java.util.List;
import java.util.Map;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.run.CorpusNote;
import org.tiltlens.run.Execution;

/**
 * What a comparison of methods found; the content of its {@code run.json}.
 *
 * @param tiltlens release that made it
 * @param engine release of the tensor engine
 * @param command {@code frontier}
 * @param spec what was asked for
 * @param execution how it was computed
 * @param modelSha256 model file -> SHA-256, hexadecimal
 * @param seed seed of all noise
 * @param seconds wall-clock seconds of this process
 * @param bundle the bundle's name
 * @param corpus what the feature was measured on
 * @param leftOut images of it that could not be used, and why; their names are in {@code
 *     skipped.txt}; absent if none
 * @param score unit, hook point, reduction and crop, one line
 * @param corpusMean mean score of the corpus
 * @param corpusMax highest score of the corpus
 * @param betas tilt strengths of the samplers
 * @param points where each method stands at each setting, method by method
 */
public record FrontierResult(
    String tiltlens,
    String engine,
    String command,
    FrontierSpec spec,
    Execution execution,
    Map<String, String> modelSha256,
    long seed,
    double seconds,
    String bundle,
    CorpusNote corpus,
    LeftOut leftOut,
    String score,
    double corpusMean,
    double corpusMax,
    List<Double> betas,
    List<FrontierPoint> points) {

  /** The points of one method, in the order of their settings. */
  public List<FrontierPoint> pointsOf(FrontierMethod method) {
    return points.stream().filter(point -> point.method() == method).toList();
  }
}
