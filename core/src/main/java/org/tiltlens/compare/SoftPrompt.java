package org.tiltlens.compare;

import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.prompts.DiffExplainer;
import org.tiltlens.prompts.PromptSearch;
import org.tiltlens.prompts.Prompted;
import org.tiltlens.prompts.SamplerSettings;

/** Images of a prompt of vectors that no word has. */
final class SoftPrompt extends PromptMethod<DiffExplainer.Settings> {
  SoftPrompt() {
    super(
        "diffexplainer",
        "DiffExplainer",
        "images of p(x | prompt), the prompt climbed as vectors that no word has: only what prompts"
            + " can say",
        new Mark(ChartStyle.GREEN, SeriesMarkers.DIAMOND));
  }

  @Override
  DiffExplainer.Settings defaults(int size) {
    return DiffExplainer.Settings.DEFAULTS;
  }

  @Override
  int steps(DiffExplainer.Settings settings) {
    return settings.steps();
  }

  @Override
  SamplerSettings sampling(DiffExplainer.Settings settings) {
    return settings.sampling();
  }

  @Override
  PromptSearch search(CompareDrawing from, Prompted prompted) {
    return new DiffExplainer(prompted, from.feature().models().score(), settings(from.context()));
  }
}
