package org.tiltlens.compare;

import java.io.IOException;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.sampling.Course;
import org.tiltlens.synthesis.Ascent;

/**
 * A method that climbs to a point instead of drawing from a distribution.
 *
 * @param <R> the settings
 */
abstract class AscentMethod<R extends Record> extends SettableMethod<R> {
  AscentMethod(String key, String label, String meaning, Mark mark) {
    super(key, label, meaning, mark);
  }

  /** The steps of one image. */
  abstract int steps(R settings);

  @Override
  final long units(CompareDrawing from) {
    return (long) from.context().spec().count() * steps(settings(from.context()));
  }

  static Drawn climbed(Ascent ascent, CompareDrawing from, DrawnImages to) throws IOException {
    long seed = from.context().spec().seed();
    Drawn drawn =
        to.oneByOne(
            ascent.steps() + " steps",
            ascent.steps(),
            image -> new Course.Ascending(ascent, seed, image),
            ascent::image);
    return drawn.paying(
        new CompareResult.Divergence(null, null, "of a point from the natural images: infinite"));
  }
}
