package org.tiltlens.compare;

import java.io.IOException;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.synthesis.MacoAscent;
import org.tiltlens.synthesis.MagnitudeSpectrum;

/** Ascent on the phases of the corpus' mean magnitudes. */
final class Maco extends AscentMethod<MacoAscent.Settings> {
  Maco() {
    super(
        "maco",
        "MACO",
        "ascent on the phases alone, magnitudes fixed to the corpus' mean: a point",
        new Mark(ChartStyle.SKY, SeriesMarkers.TRAPEZOID));
  }

  @Override
  MacoAscent.Settings defaults(int size) {
    return MacoAscent.Settings.DEFAULTS;
  }

  @Override
  int steps(MacoAscent.Settings settings) {
    return settings.steps();
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    CompareContext context = from.context();
    int size = context.imageSize();
    try (MagnitudeSpectrum canvas = from.spectrum().get().resized(MacoAscent.canvas(size))) {
      return climbed(
          new MacoAscent(from.feature().models().score(), canvas, size, settings(context)),
          from,
          to);
    }
  }
}
