package org.tiltlens.compare;

import java.io.IOException;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.feature.UnitScore;
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

  /** Those of a model of stride 1: which one it is, is known when it is open. */
  @Override
  FourierAscent.Settings defaults(int size) {
    return FourierAscent.Settings.forSize(size, 1);
  }

  @Override
  int steps(FourierAscent.Settings settings) {
    return settings.steps();
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    CompareContext context = from.context();
    UnitScore score = from.feature().models().score();
    FourierAscent.Settings settings =
        RecordSettings.with(
            FourierAscent.Settings.forSize(context.imageSize(), score.vision().stride()),
            context.settings(this),
            key());
    return climbed(new FourierAscent(score, context.imageSize(), settings), from, to);
  }
}
