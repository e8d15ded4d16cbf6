package org.tiltlens.compare;

import java.util.List;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.bert.WordPiece;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.Named;
import org.tiltlens.prompts.Dexter;
import org.tiltlens.prompts.PromptSearch;
import org.tiltlens.prompts.Prompted;
import org.tiltlens.prompts.SamplerSettings;
import org.tiltlens.run.SpecException;

/** Images of a prompt in words that a masked language model fills in. */
final class MaskedPrompt extends PromptMethod<Dexter.Settings> {
  private static final String BERT = "bert";

  MaskedPrompt() {
    super(
        "dexter",
        "DEXTER",
        "images of p(x | prompt), a template that a masked language model fills in: only what words"
            + " can say",
        new Mark(ChartStyle.ORANGE, SeriesMarkers.DIAMOND));
  }

  @Override
  Dexter.Settings defaults(int size) {
    return Dexter.Settings.DEFAULTS;
  }

  @Override
  List<String> modelSettings() {
    return List.of(BERT);
  }

  @Override
  int steps(Dexter.Settings settings) {
    return settings.steps();
  }

  @Override
  SamplerSettings sampling(Dexter.Settings settings) {
    return settings.sampling();
  }

  @Override
  void require(CompareSpec spec, Bundle bundle) {
    super.require(spec, bundle);
    model(spec);
  }

  private String model(CompareSpec spec) {
    String model = spec.settings(this).get(BERT);
    if (model == null) {
      throw new SpecException(
          "method '%s' fills in words by a language model: give {settings} %s.%s=DIR, the folder of"
              + " a masked BERT such as bert-base-uncased, or leave it out of {methods}",
          key(), key(), BERT);
    }
    return model;
  }

  @Override
  PromptSearch search(CompareDrawing from, Prompted prompted) {
    CompareContext context = from.context();
    String model = model(context.spec());
    return new Dexter(
        prompted,
        WordPiece.open(Named.resolve(model)),
        context.shelf().languageModel(model, context.device()),
        from.feature().models().score(),
        settings(context));
  }
}
