package org.tiltlens.compare;

import java.io.IOException;
import java.util.Arrays;
import java.util.Map;
import org.knowm.xchart.style.markers.SeriesMarkers;
import org.tiltlens.chart.ChartStyle;
import org.tiltlens.chart.ChartStyle.Mark;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.Preset;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.Course;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudySpec;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.torch.Tensors;

/** The published heuristic of a constant scale. */
final class ConstantScale extends SettableMethod<ConstantScale.Settings> {
  /**
   * The published constant scale.
   *
   * @param cap score above which nothing is pushed; 0 stands for the activation wanted
   * @param steps of sampling; 0 stands for as many as the tilt's methods take
   */
  record Settings(double scale, double cap, int steps) {}

  /** The image's term of the path KL, in its file. */
  private static final String PATH_KL = "path_kl";

  private final int steps;

  private ConstantScale(String key, String label, String meaning, Mark mark, int steps) {
    super(key, label, meaning, mark);
    this.steps = steps;
  }

  /** As published. */
  static ConstantScale published() {
    return new ConstantScale(
        "constant",
        "KLSC, constant scale",
        "the published settings, a heuristic: the gradient times a constant scale, capped, over"
            + " 1000 steps",
        new Mark(ChartStyle.PURPLE, SeriesMarkers.TRIANGLE_DOWN),
        Integer.parseInt(Preset.energydps.respacing()));
  }

  /** In as many steps as the other samplers, so that these are no part of a difference. */
  static ConstantScale inEqualSteps() {
    return new ConstantScale(
        "constant_equal_steps",
        "KLSC, constant scale, equal steps",
        "the same heuristic in as many steps as the other samplers take",
        new Mark(ChartStyle.PURPLE, SeriesMarkers.TRIANGLE_UP),
        0);
  }

  @Override
  Settings defaults(int size) {
    return new Settings(Preset.energydps.scale(), 0, steps);
  }

  /** As published its steps are ancestral, whatever those of the others are. */
  @Override
  public boolean goesWith(StepsSpec.Form form) {
    return steps != 0 || !form.looksAround();
  }

  @Override
  void require(CompareSpec spec, Bundle bundle) {
    requireForm(settings(spec, bundle).steps() != 0 || !spec.form().looksAround(), spec.form());
  }

  /** A study of its own steps, or of the comparison's. */
  private StudySpec study(CompareContext context, int feature) {
    int own = settings(context).steps();
    return own == 0
        ? context.study(feature, 0.0)
        : context.study(feature, 0.0, new StepsSpec.Ddpm(), Integer.toString(own));
  }

  @Override
  long units(CompareDrawing from) {
    CompareContext context = from.context();
    StudySpec study = study(context, from.feature().index());
    return (long) context.spec().count() * study.steps().noise().steps();
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
    StudySpec own = study(context, feature.index());
    StudyModels models = StudyModels.open(own, context.shelf(), context.device(), Progress.SILENT);
    GuidedSampler sampler =
        new GuidedSampler(models.prior(), models.score(), guidance, own.steps().form().step());
    long seed = context.spec().seed();
    int taken = models.prior().schedule().steps();
    Drawn drawn =
        to.walked(
            "scale %.4g, cap %.4g, %d steps".formatted(settings.scale(), cap, taken),
            taken,
            images -> new Course.Guided(sampler, seed, images, context.device()),
            Trajectory::row,
            end ->
                Map.of(
                    DrawnImages.IMAGE,
                    models.prior().decode(end.x()),
                    PATH_KL,
                    Tensors.doubles(new double[] {end.pathKl().get(0)}, 1)));
    double[] paths = to.kept(PATH_KL);
    // Only ancestral steps have one.
    if (!Arrays.stream(paths).allMatch(Double::isFinite)) {
      return drawn;
    }
    Estimate paid = Estimate.ofMean(paths);
    return drawn.paying(
        new CompareResult.Divergence(paid.value(), paid.standardError(), Drawn.OF_PATHS));
  }
}
