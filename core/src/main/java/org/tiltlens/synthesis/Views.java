package org.tiltlens.synthesis;

import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Scope;

/** Scores of one image as an ascent's steps look at it. */
final class Views {
  private Views() {}

  /**
   * The score of each view alone, so that it depends on no other.
   *
   * @param view the view of an index from 0, (1, 3, H, W) in [-1, 1]
   * @throws org.tiltlens.torch.NotFiniteException if a score is NaN or infinite
   */
  static double[] scores(Score score, int views, IntFunction<Tensor> view) {
    Checks.atLeastOne("views", views);
    double[] scores = new double[views];
    for (int i = 0; i < views; i++) {
      try (Scope scope = Scope.open()) {
        scores[i] = score.finite(view.apply(i)).item_double();
      }
    }
    return scores;
  }

  /** The first of {@code each} draws of a view: below 0, where no step draws. */
  static long draw(int view, int each) {
    return -(long) each * (1 + view);
  }
}
