package org.tiltlens.compare;

import java.io.IOException;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;

/** The images of the corpus that the feature fires on most. */
final class TopK extends Method {
  TopK() {
    super(
        "top_k",
        "top-K retrieval",
        "the corpus' images of the highest scores",
        new Mark(ChartStyle.VERMILION, SeriesMarkers.SQUARE));
  }

  @Override
  long units(CompareDrawing from) {
    return 0;
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    int count = from.context().spec().count();
    return to.copied("K = " + count, from.feature().top(count), from.corpus());
  }
}
