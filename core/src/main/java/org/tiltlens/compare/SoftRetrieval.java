package org.tiltlens.compare;

import java.io.IOException;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;

/** The tilt of the corpus itself. */
final class SoftRetrieval extends Method {
  SoftRetrieval() {
    super(
        "soft_retrieval",
        "soft retrieval",
        "images of the corpus drawn by exp(β s): the tilt of the corpus itself",
        new Mark(ChartStyle.BLACK, SeriesMarkers.DIAMOND));
  }

  @Override
  long units(CompareDrawing from) {
    return 0;
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    CompareSpec spec = from.context().spec();
    double beta = from.feature().corpusBeta();
    return to.copied(
        Drawn.text("beta", beta),
        from.feature().drawn(beta, spec.count(), spec.seed()),
        from.corpus());
  }
}
