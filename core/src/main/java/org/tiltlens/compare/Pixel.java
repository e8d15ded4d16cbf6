package org.tiltlens.compare;

import java.io.IOException;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.synthesis.PixelAscent;

/** Ascent on the pixels. */
final class Pixel extends AscentMethod<PixelAscent.Settings> {
  Pixel() {
    super(
        "pixel",
        "pixel ascent",
        "gradient ascent on the pixels with total variation and L2: a point",
        new Mark(ChartStyle.QUIET, SeriesMarkers.CROSS));
  }

  @Override
  PixelAscent.Settings defaults(int size) {
    return PixelAscent.Settings.DEFAULTS;
  }

  @Override
  int steps(PixelAscent.Settings settings) {
    return settings.steps();
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    CompareContext context = from.context();
    return climbed(
        new PixelAscent(from.feature().models().score(), context.imageSize(), settings(context)),
        from,
        to);
  }
}
