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
    ScoredHalf half = from.feature().calibrating();
    return to.copied("K = " + count, half.top(count), from.corpus())
        .paying(
            new CompareResult.Divergence(
                Math.log((double) half.images().size() / Math.min(count, half.images().size())),
                null,
                "of the %d images kept from the corpus' %d: log(N / K)"
                    .formatted(count, half.images().size())));
  }
}
