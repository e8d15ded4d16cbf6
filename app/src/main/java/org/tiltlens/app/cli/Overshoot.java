package org.tiltlens.app.cli;

import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.stream.Collectors;
import org.tiltlens.study.StudyResult;
import org.tiltlens.tilting.Pilot;

/** Guided images that went far beyond the score aimed at, as a line under a table. */
final class Overshoot {
  /** How many times the wanted mean score an image has that carries the mean of many. */
  private static final double FAR = 3;

  private Overshoot() {}

  /** Nothing if there are none, or nothing was aimed at. */
  static String of(StudyResult.UnitResult unit) {
    if (unit.target() == null || unit.annealed() != null || unit.renoised() != null) {
      return "";
    }
    double wanted = unit.target().activation();
    return pilots(unit.pilots(), wanted) + images(unit.images(), wanted);
  }

  private static boolean isFar(Double score, double wanted) {
    return score != null && wanted != 0 && score / wanted > FAR;
  }

  private static String pilots(List<Pilot> pilots, double wanted) {
    List<Pilot> far = pilots.stream().filter(pilot -> isFar(pilot.farthest(), wanted)).toList();
    return far.stream()
        .max(Comparator.comparingDouble(pilot -> pilot.farthest() / wanted))
        .map(
            most ->
                line(
                    "%d of %d pilots overshot: at beta %.4g one image scored %.4f for a mean of"
                        + " %.4f, where %.4f was wanted",
                    far.size(),
                    pilots.size(),
                    most.beta(),
                    most.farthest(),
                    most.meanScore(),
                    wanted))
        .orElse("");
  }

  private static String images(List<StudyResult.ImageResult> images, double wanted) {
    Map<Boolean, List<StudyResult.ImageResult>> by =
        images.stream().collect(Collectors.partitioningBy(image -> isFar(image.score(), wanted)));
    OptionalDouble others =
        by.get(false).stream().mapToDouble(StudyResult.ImageResult::score).average();
    return by.get(true).stream()
        .max(Comparator.comparingDouble(image -> image.score() / wanted))
        .map(
            most ->
                line(
                    "%d of %d images overshot: %s scores %.4f, %.1f times the wanted %.4f%s",
                    by.get(true).size(),
                    images.size(),
                    most.file(),
                    most.score(),
                    most.score() / wanted,
                    wanted,
                    others.isEmpty()
                        ? ""
                        : String.format(
                            Locale.ROOT, "; the mean of the others is %.4f", others.getAsDouble())))
        .orElse("");
  }

  private static String line(String format, Object... values) {
    return String.format(Locale.ROOT, format, values) + "\n";
  }
}
