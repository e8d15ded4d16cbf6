package org.tiltlens.compare;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.models.Preset;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Course;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudySpec;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;

/** The published heuristic of a constant scale. */
final class ConstantScale extends SettableMethod<ConstantScale.Settings> {
  /**
   * The published constant scale.
   *
   * @param cap score above which nothing is pushed; 0 stands for the activation wanted
   */
  record Settings(double scale, double cap, int steps) {
    private static final Settings DEFAULTS =
        new Settings(Preset.energydps.scale(), 0, Integer.parseInt(Preset.energydps.respacing()));
  }

  ConstantScale() {
    super(
        "constant",
        "KLSC, constant scale",
        "the published settings, a heuristic: the gradient times a constant scale, capped, over"
            + " 1000 steps",
        new Mark(ChartStyle.PURPLE, SeriesMarkers.TRIANGLE_DOWN));
  }

  @Override
  Settings defaults(int size) {
    return Settings.DEFAULTS;
  }

  @Override
  long units(CompareDrawing from) {
    return (long) from.context().spec().count() * settings(from.context()).steps();
  }

  @Override
  Drawn draw(CompareDrawing from, DrawnImages to) throws IOException {
    CompareContext context = from.context();
    ComparedFeature feature = from.feature();
    Settings settings = settings(context);
    double cap = settings.cap() != 0 ? settings.cap() : feature.target().activation();
    Preset preset = Preset.energydps;
    Guidance guidance =
        new Guidance.Constant(
            settings.scale(),
            new Objective.Clip(cap),
            new Strength(Ramp.parse(preset.strength()), preset.offAtEnd()));
    StudySpec steps = context.study(feature.index(), 0.0, Integer.toString(settings.steps()));
    StudyModels models =
        StudyModels.open(steps, context.shelf(), context.device(), Progress.SILENT);
    GuidedSampler sampler =
        new GuidedSampler(models.prior(), models.score(), guidance, new AncestralStep());
    long seed = context.spec().seed();
    return to.oneByOne(
        "scale %.4g, cap %.4g, %d steps".formatted(settings.scale(), cap, settings.steps()),
        settings.steps(),
        image -> new Course.Guided(sampler, seed, List.of(image), context.device()),
        end -> Map.of(DrawnImages.IMAGE, end.x()));
  }
}
