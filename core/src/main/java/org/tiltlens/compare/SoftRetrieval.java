package org.tiltlens.compare;

import java.io.IOException;
import java.util.List;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.tilting.Estimate;

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
    ScoredHalf half = from.feature().calibrating();
    List<Integer> images = half.drawn(beta, spec.count(), spec.seed());
    Estimate kl = half.sample().tilted(beta).estimate().kl();
    return to.copied(Drawn.text("beta", beta), images, from.corpus())
        .ofUnits(images)
        .paying(
            new CompareResult.Divergence(
                kl.value(),
                Double.isFinite(kl.standardError()) ? kl.standardError() : null,
                "of the corpus' tilt from the corpus"));
  }
}
