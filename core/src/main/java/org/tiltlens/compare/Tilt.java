package org.tiltlens.compare;

import java.io.IOException;
import java.util.Collections;
import java.util.Map;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;

/** Guidance by the tilt's score, at a beta that pilots find. */
final class Tilt extends Method {
  Tilt() {
    super(
        "tilt",
        "KLSC, tilt",
        "images guided by β times the clean estimate's score, an approximation of the tilt",
        new Mark(ChartStyle.BLUE, SeriesMarkers.CIRCLE));
  }

  @Override
  Map<String, Object> decidedBy(CompareSpec spec) {
    // Not Map.of: without pilots it is null.
    return Collections.singletonMap("pilots", spec.pilots());
  }

  @Override
  boolean findsBeta() {
    return true;
  }

  @Override
  long units(CompareDrawing from) {
    return from.tilt().units();
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    return DrawnImages.of(from.tilt().of(to.task()));
  }
}
