package org.tiltlens.compare;

import java.io.IOException;
import java.util.Map;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudySpec;

/** Weighted particles of the tilt. */
final class Twisted extends Method {
  Twisted() {
    super(
        "twisted",
        "KLSC, twisted",
        "particles of the tilt, weighed for what it gets wrong: nearer to the tilt the more there"
            + " are",
        new Mark(ChartStyle.GREEN, SeriesMarkers.TRIANGLE_UP));
  }

  /** Particles are weighed by what ancestral steps would have drawn. */
  @Override
  public boolean goesWith(StepsSpec.Form form) {
    return form instanceof StepsSpec.Ddpm;
  }

  @Override
  Map<String, Object> decidedBy(CompareSpec spec) {
    return Map.of("particles", spec.particles());
  }

  @Override
  long units(CompareDrawing from) {
    return Study.units(study(from));
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    ComparedFeature feature = from.feature();
    return DrawnImages.of(from.context().drawn(feature.index(), study(from), to.task()));
  }

  /** At the corpus' beta: what pilots correct is an error that particles do not make. */
  private static StudySpec study(CompareDrawing from) {
    CompareContext context = from.context();
    ComparedFeature feature = from.feature();
    return context.study(feature.index(), feature.corpusBeta()).twisted(context.spec().particles());
  }
}
