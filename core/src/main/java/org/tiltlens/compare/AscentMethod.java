package org.tiltlens.compare;

import java.io.IOException;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.sampling.Course;
import org.tiltlens.synthesis.Ascent;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Tensors;

/**
 * A method that climbs to a point instead of drawing from a distribution.
 *
 * @param <R> the settings
 */
abstract class AscentMethod<R extends Record> extends SettableMethod<R> {
  /** Name of the scores of an image's views in its file, float64. */
  static final String VIEWS = "views";

  /** How many views are scored of methods whose views are random. */
  private static final int VIEW_COUNT = 64;

  AscentMethod(String key, String label, String meaning, Mark mark) {
    super(key, label, meaning, mark);
  }

  /** The steps of one image. */
  abstract int steps(R settings);

  @Override
  final long units(CompareDrawing from) {
    return (long) from.context().spec().count() * steps(settings(from.context()));
  }

  /**
   * Climbs to the images, and keeps beside each what it scores in the ascent's own frame.
   *
   * @see Ascent#viewScores
   */
  static Drawn climbed(Ascent ascent, CompareDrawing from, DrawnImages to) throws IOException {
    long seed = from.context().spec().seed();
    Drawn drawn =
        to.walked(
            ascent.steps() + " steps",
            ascent.steps(),
            images -> new Course.Ascending(ascent, seed, images),
            AscentState::row,
            done -> kept(ascent, done, to.batching()));
    return drawn.paying(
        new CompareResult.Divergence(null, null, "of a point from the natural images: infinite"));
  }

  private static Map<String, Tensor> kept(Ascent ascent, AscentState done, Batching batching) {
    double[] scores = ascent.viewScores(done, VIEW_COUNT, batching.together());
    return Map.of(
        DrawnImages.IMAGE, ascent.picture(done), VIEWS, Tensors.doubles(scores, scores.length));
  }
}
