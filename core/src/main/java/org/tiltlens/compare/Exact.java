package org.tiltlens.compare;

import java.io.IOException;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;

/** Samples of the tilt itself, from a pool of the prior's paths. */
final class Exact extends Method {
  Exact() {
    super(
        "exact",
        "KLSC, exact",
        "samples of the tilt itself: unguided paths of the prior by weight, moved where too few of"
            + " them carry it",
        new Mark(ChartStyle.SKY, SeriesMarkers.RECTANGLE));
  }

  @Override
  boolean startsFromPool() {
    return true;
  }

  @Override
  long units(CompareDrawing from) {
    return Study.units(study(from));
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    int feature = from.feature().index();
    return DrawnImages.of(
        from.context().drawn(feature, study(from), from.pool().open(), to.task()));
  }

  private static StudySpec study(CompareDrawing from) {
    Target wanted = Target.activation(from.feature().target().activation());
    return from.context().exact(from.feature().index(), wanted);
  }
}
