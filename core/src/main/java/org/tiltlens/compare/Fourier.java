package org.tiltlens.compare;

import java.io.IOException;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.synthesis.FourierAscent;

/** Ascent on Fourier coefficients. */
final class Fourier extends AscentMethod<FourierAscent.Settings> {
  Fourier() {
    super(
        "fourier",
        "Fourier",
        "ascent on decorrelated Fourier coefficients under random transforms: a point",
        new Mark(ChartStyle.ORANGE, SeriesMarkers.PLUS));
  }

  @Override
  FourierAscent.Settings defaults(int size) {
    return FourierAscent.Settings.forSize(size);
  }

  @Override
  int steps(FourierAscent.Settings settings) {
    return settings.steps();
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    CompareContext context = from.context();
    return climbed(
        new FourierAscent(from.feature().models().score(), context.imageSize(), settings(context)),
        from,
        to);
  }
}
