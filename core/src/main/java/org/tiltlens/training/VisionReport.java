package org.tiltlens.training;

import java.util.List;
import java.util.Locale;

/**
 * A trained classifier.
 *
 * @param trainingLoss loss of the last step, not averaged; null if a resumed training had none to
 *     make
 * @param best which step's weights are the result; null without images held out of the training, or
 *     if the last step's are
 * @param heldOutImages how many images were held out of the training images, for {@link EarlyStop}
 * @param heldOutAccuracy share of them that the result classifies right; null if there are none
 * @param testImages how many images the accuracy is over
 * @param testAccuracy share of them whose label is the most probable class, in [0, 1]
 * @param classes the same of each class, with counts
 */
public record VisionReport(
    String kind,
    long steps,
    double seconds,
    Double trainingLoss,
    Long best,
    int heldOutImages,
    Double heldOutAccuracy,
    int testImages,
    double testAccuracy,
    List<ClassAccuracy> classes)
    implements TrainingReport {

  /**
   * A class in the test images.
   *
   * @param images how many there are of it
   * @param right how many of those are classified right
   */
  public record ClassAccuracy(String name, int images, int right) {}

  public VisionReport {
    classes = List.copyOf(classes);
  }

  @Override
  public String summary() {
    String summary =
        String.format(
            Locale.ROOT,
            "%s: %d steps in %.0f s, accuracy %.4f on %d test images",
            kind,
            steps,
            seconds,
            testAccuracy,
            testImages);
    return heldOutAccuracy == null
        ? summary
        : summary
            + String.format(
                Locale.ROOT,
                ", %.4f on %d held out of the training (weights of %s)",
                heldOutAccuracy,
                heldOutImages,
                best == null ? "the last step" : "step " + best);
  }
}
