package org.tiltlens.server;

import com.fasterxml.jackson.annotation.JsonValue;
import java.util.Locale;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.Preset;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.study.GuidanceSpec;
import org.tiltlens.study.StudySpec;
import org.tiltlens.synthesis.ScoreGradient;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.tilting.Target;

/** What leads samples to a feature at a level. */
enum Led {
  /** Nothing: they are samples of the tilt itself. */
  EXACT(
      "Exact samples",
      "Samples of the tilt q(x) ∝ p(x) exp(β s(x)) whose mean score is the level."),

  /** Plug-in guidance, with short runs that find its strength. */
  TILT(
      "Plug-in guidance",
      "Guided towards that tilt, not samples of it: the score of the clean estimate stands for the"
          + " expected score. KL and log Z, where they stand here, are those of the tilt."),

  /** The published heuristic. */
  CONSTANT(
      "Constant guidance, as published",
      "Of no tilt: the prior's own steps, all of them, pushed by the score's gradient times a"
          + " constant, capped at the level's score. Path KL bounds how far they are from the"
          + " prior.");

  private static final int COUNT = 4;

  private final String title;
  private final String caption;

  Led(String title, String caption) {
    this.title = title;
    this.caption = caption;
  }

  /** Its word in requests and addresses. */
  @JsonValue
  String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  String title() {
    return title;
  }

  /** What the samples are samples of. */
  String caption() {
    return caption;
  }

  /** What pages draw at a level. */
  StudySpec usual(Catalogue catalogue, int feature, double percentile) {
    Bundle bundle = catalogue.bundle();
    Target target = Target.percentile(percentile);
    StudySpec exact = StudySpec.exact(bundle, JobRequest.unit(feature), target);
    return switch (this) {
      case EXACT -> exact;
      case TILT -> tilt(bundle, StudySpec.of(bundle, JobRequest.unit(feature), target));
      case CONSTANT ->
          constant(bundle, exact, catalogue.statistics(feature).sample().scoreAt(percentile));
    };
  }

  /** With the bundle's pool, if it has one of these steps, to tell KL and log Z. */
  private static StudySpec tilt(Bundle bundle, StudySpec guided) {
    return PoolChoice.usual(bundle, guided.steps()) instanceof PoolChoice.Kept pool
            && guided.guidance() instanceof GuidanceSpec.Tilt tilt
        ? new StudySpec(
            guided.models(),
            guided.score(),
            guided.objective(),
            new GuidanceSpec.Tilt(
                tilt.aim(), tilt.ladder(), tilt.gradient(), tilt.strength(), pool),
            guided.steps(),
            guided.count(),
            guided.seed())
        : guided;
  }

  private static StudySpec constant(Bundle bundle, StudySpec like, double cap) {
    Preset published = Preset.energydps;
    return new StudySpec(
        like.models(),
        like.score(),
        new Objective.Clip(cap),
        new GuidanceSpec.Constant(
            published.scale(),
            new ScoreGradient.ThroughPrior(),
            new Strength(Ramp.parse(published.strength()), published.offAtEnd())),
        like.steps().with(new StepsSpec.Ddpm(), Integer.toString(bundle.manifest().baseSteps())),
        COUNT,
        like.seed());
  }
}
