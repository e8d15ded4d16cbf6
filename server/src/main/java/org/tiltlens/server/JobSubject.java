package org.tiltlens.server;

import java.math.BigDecimal;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compare.Method;
import org.tiltlens.compose.ComposedUnit;
import org.tiltlens.compose.CompositionSpec;
import org.tiltlens.explain.ExplainSpec;
import org.tiltlens.feature.Objective;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.page.Quantity;
import org.tiltlens.run.Json;
import org.tiltlens.study.GuidanceSpec;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;

/**
 * What a job is about.
 *
 * @param words for people
 * @param feature that it is about; null if that is not one
 * @param percentile of the corpus' scores where its images' mean score is to be; null without one
 * @param count how many images it draws; null if none, or nobody knows
 * @param shown the page that shows it under the form that asks for it; null where none does
 */
record JobSubject(String words, Integer feature, Double percentile, Integer count, String shown) {
  private static final Pattern FEATURE = Pattern.compile("feature:(\\d{1,9})@.*");
  private static final Pattern PLACED =
      Pattern.compile("feature:(\\d{1,9})@pre(?:@(\\d{1,4}),(\\d{1,4}))?");

  /** So many steps, spaced as their form is usually. */
  private static final Pattern STEPS = Pattern.compile("(?:ddim|lcm)?\\d{1,5}");

  /** More of them in a title are counted. */
  private static final int METHODS = 4;

  /**
   * Of a job's file, whose spec may be damaged: its run will say what is wrong with it.
   *
   * @param usual steps, which go without saying
   */
  static JobSubject of(JobFile file, StepsChoice.Usual usual) {
    try {
      String spec = Json.write(file.spec());
      return switch (file.command()) {
        case "visualize" -> of(Json.parse(spec, StudySpec.class), usual);
        case "explain" -> of(Json.parse(spec, ExplainSpec.class));
        case "compose" -> of(Json.parse(spec, CompositionSpec.class), usual);
        case "compare" -> of(Json.parse(spec, CompareSpec.class), usual);
        case "frontier" -> of(Json.parse(spec, FrontierSpec.class), usual);
        default -> new JobSubject(file.command(), null, null, null, null);
      };
    } catch (RuntimeException e) {
      // Such as for a field that is missing: one damaged job must not hide all others.
      return new JobSubject(file.command(), null, null, null, null);
    }
  }

  private static JobSubject of(StudySpec spec, StepsChoice.Usual usual) {
    Integer feature = feature(spec.unit());
    Target target = spec.target();
    Double percentile = target == null ? null : target.percentile();
    String led = spec.guidance().word();
    String words =
        (feature == null ? spec.unit() : "Feature " + feature)
            + (led.equals("exact") ? "" : ", " + led + " guidance")
            + level(percentile)
            + cap(spec.objective())
            + steps(spec.steps().form(), spec.respacing(), usual(spec, usual));
    return new JobSubject(
        words, feature, percentile, spec.count(), shown(feature, percentile, spec, usual));
  }

  private static String shown(
      Integer feature, Double percentile, StudySpec spec, StepsChoice.Usual usual) {
    if (feature == null) {
      return null;
    }
    return percentile == null
        ? "/features/" + feature
        : "/features/%d/levels?level=%s%s"
            .formatted(
                feature, number(percentile), query(spec.steps().form(), spec.respacing(), usual));
  }

  /** Other steps than the usual ones, as the forms of pages say them. */
  private static String query(StepsSpec.Form form, String respacing, StepsChoice.Usual usual) {
    if (new StepsChoice.Usual(form, respacing).equals(usual)) {
      return "";
    }
    Double eta = form instanceof StepsSpec.Ddim ddim && ddim.eta() != 0 ? ddim.eta() : null;
    return "&" + LevelView.address(new StepsChoice(form.word(), eta, null, respacing));
  }

  private static JobSubject of(ExplainSpec spec) {
    Integer feature = feature(spec.unit());
    Path file = Path.of(spec.image()).getFileName();
    return new JobSubject(
        "Why picture "
            + SeenPictures.shortly(file.toString())
            + " drives feature "
            + (feature == null ? spec.unit() : feature),
        feature,
        null,
        null,
        feature == null ? null : "/features/" + feature);
  }

  private static JobSubject of(CompositionSpec spec, StepsChoice.Usual usual) {
    String units =
        spec.units().stream().map(JobSubject::words).collect(Collectors.joining(" and "));
    String words =
        spec.units().size() == 1
            ? "Feature " + units + " alone"
            : "Features " + units + " together";
    return new JobSubject(
        words + steps(spec.form(), spec.respacing(), usual), null, null, spec.count(), null);
  }

  /** Other steps than the usual ones, as a part of a sentence. */
  private static String steps(StepsSpec.Form form, String respacing, StepsChoice.Usual usual) {
    return new StepsChoice.Usual(form, respacing).equals(usual)
        ? ""
        : STEPS.matcher(respacing).matches()
            ? ", %s %s steps".formatted(respacing.replaceAll("\\D", ""), form.text())
            : ", steps " + form.taken(respacing);
  }

  /** Another number of images than the usual one, as a part of a sentence. */
  private static String images(int count, int usual, String of) {
    return count == usual ? "" : ", " + count + " images " + of;
  }

  /** The published heuristic takes all steps that the prior was trained with. */
  private static StepsChoice.Usual usual(StudySpec spec, StepsChoice.Usual usual) {
    return spec.guidance() instanceof GuidanceSpec.Constant
        ? new StepsChoice.Usual(new StepsSpec.Ddpm(), Integer.toString(spec.steps().baseSteps()))
        : usual;
  }

  /** Where a score that is driven no further is its level. */
  private static String cap(Objective objective) {
    return objective instanceof Objective.Clip clip
        ? " up to score " + Quantity.SCORE.text(clip.cap())
        : "";
  }

  private static String level(Double percentile) {
    return percentile == null ? "" : " at the " + number(percentile) + "th percentile";
  }

  /**
   * A feature and where it is read.
   *
   * @param feature its index
   * @param row of the place, from 0; null for where scores are read
   * @param column the same
   */
  record Placed(String feature, Integer row, Integer column) {

    /** The one that a unit is; null if it is none. */
    static Placed of(String unit) {
      Matcher placed = PLACED.matcher(unit);
      if (!placed.matches()) {
        return null;
      }
      boolean anywhere = placed.group(2) == null;
      return new Placed(
          placed.group(1),
          anywhere ? null : Integer.valueOf(placed.group(2)),
          anywhere ? null : Integer.valueOf(placed.group(3)));
    }
  }

  /** A feature's index, its place as people count, and its level. */
  private static String words(ComposedUnit unit) {
    Double percentile = unit.target() == null ? null : unit.target().percentile();
    return place(unit.unit()) + (percentile == null ? "" : " (P " + number(percentile) + ")");
  }

  private static String place(String unit) {
    Placed placed = Placed.of(unit);
    if (placed == null) {
      return unit;
    }
    return placed.row() == null
        ? placed.feature()
        : "%s at row %d, column %d"
            .formatted(placed.feature(), placed.row() + 1, placed.column() + 1);
  }

  /** Of a comparison. */
  static JobSubject of(CompareSpec spec, StepsChoice.Usual usual) {
    Integer feature = spec.features().get(0);
    Double percentile = spec.target() == null ? null : spec.target().percentile();
    return new JobSubject(
        (spec.methods().size() > METHODS ? spec.methods().size() + " methods" : "Methods")
            + " compared on feature "
            + feature
            + level(percentile)
            + images(spec.count(), CompareRequest.USUAL_COUNT, "of each")
            + steps(spec.form(), spec.respacing(), usual)
            + methods(spec),
        feature,
        percentile,
        null,
        shown(spec, feature, percentile, usual));
  }

  /** Of a frontier. */
  static JobSubject of(FrontierSpec spec, StepsChoice.Usual usual) {
    return new JobSubject(
        "Frontier of feature "
            + spec.feature()
            + images(spec.count(), FrontierRequest.USUAL_COUNT, "at each setting")
            + steps(spec.form(), spec.respacing(), usual),
        spec.feature(),
        null,
        null,
        "/features/%d/cost?count=%d%s"
            .formatted(spec.feature(), spec.count(), query(spec.form(), spec.respacing(), usual)));
  }

  private static String shown(
      CompareSpec spec, Integer feature, Double percentile, StepsChoice.Usual usual) {
    return percentile == null
        ? null
        : "/features/%d/compare?%s&level=%s&count=%d%s"
            .formatted(
                feature,
                spec.methods().stream()
                    .map(method -> method.key() + "=on")
                    .collect(Collectors.joining("&")),
                number(percentile),
                spec.count(),
                query(spec.form(), spec.respacing(), usual));
  }

  private static String methods(CompareSpec spec) {
    return spec.methods().size() > METHODS
        ? ""
        : spec.methods().stream().map(Method::label).collect(Collectors.joining("; ", ": ", ""));
  }

  private static Integer feature(String unit) {
    Matcher matcher = FEATURE.matcher(unit);
    return matcher.matches() ? Integer.valueOf(matcher.group(1)) : null;
  }

  /** A percentile as people read it. */
  static String number(double value) {
    return BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }
}
