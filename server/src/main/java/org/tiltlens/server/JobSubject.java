package org.tiltlens.server;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.compose.CompositionSpec;
import org.tiltlens.explain.ExplainSpec;
import org.tiltlens.frontier.FrontierSpec;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Json;
import org.tiltlens.study.StudySpec;
import org.tiltlens.tilting.Target;

/**
 * What a job is about.
 *
 * @param words for people
 * @param feature that it is about; null if that is not one
 * @param percentile of the corpus' scores where its images' mean score is to be; null without one
 * @param count how many images it draws; null if none, or nobody knows
 */
record JobSubject(String words, Integer feature, Double percentile, Integer count) {
  private static final Pattern FEATURE = Pattern.compile("feature:(\\d{1,9})@.*");
  private static final Pattern PLACED =
      Pattern.compile("feature:(\\d{1,9})@pre(?:@(\\d{1,4}),(\\d{1,4}))?");

  /** Of a job's file, whose spec may be damaged: its run will say what is wrong with it. */
  static JobSubject of(JobFile file) {
    try {
      String spec = Json.write(file.spec());
      return switch (file.command()) {
        case "visualize" -> of(Json.parse(spec, StudySpec.class));
        case "explain" -> of(Json.parse(spec, ExplainSpec.class));
        case "compose" -> of(Json.parse(spec, CompositionSpec.class));
        case "compare" -> of(Json.parse(spec, CompareSpec.class));
        case "frontier" -> of(Json.parse(spec, FrontierSpec.class));
        default -> new JobSubject(file.command(), null, null, null);
      };
    } catch (IllegalArgumentException e) {
      return new JobSubject(file.command(), null, null, null);
    }
  }

  private static JobSubject of(StudySpec spec) {
    Integer feature = feature(spec.unit());
    Target target = spec.target();
    Double percentile = target == null ? null : target.percentile();
    String led = spec.guidance().word();
    String words =
        (feature == null ? spec.unit() : "Feature " + feature)
            + (led.equals("exact") ? "" : ", " + led + " guidance")
            + (percentile == null ? "" : " at the " + number(percentile) + "th percentile")
            + steps(spec.steps().form(), spec.respacing());
    return new JobSubject(words, feature, percentile, spec.count());
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
        null);
  }

  private static JobSubject of(CompositionSpec spec) {
    String units =
        spec.units().stream().map(unit -> words(unit.unit())).collect(Collectors.joining(" and "));
    String words =
        spec.units().size() == 1
            ? "Feature " + units + " alone"
            : "Features " + units + " together";
    return new JobSubject(words + steps(spec.form(), spec.respacing()), null, null, spec.count());
  }

  /** Steps of another form than the usual one, as a part of a sentence. */
  private static String steps(StepsSpec.Form form, String respacing) {
    return form instanceof StepsSpec.Ddpm ? "" : ", steps " + form.taken(respacing);
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

  /** A feature's index, and its place as people count. */
  private static String words(String unit) {
    Placed placed = Placed.of(unit);
    if (placed == null) {
      return unit;
    }
    return placed.row() == null
        ? placed.feature()
        : "%s at row %d, column %d"
            .formatted(placed.feature(), placed.row() + 1, placed.column() + 1);
  }

  private static JobSubject of(CompareSpec spec) {
    Integer feature = spec.features().get(0);
    Double percentile = spec.target() == null ? null : spec.target().percentile();
    return new JobSubject(
        "Methods compared on feature " + feature + steps(spec.form(), spec.respacing()),
        feature,
        percentile,
        null);
  }

  private static JobSubject of(FrontierSpec spec) {
    return new JobSubject(
        "Frontier of feature " + spec.feature() + steps(spec.form(), spec.respacing()),
        spec.feature(),
        null,
        null);
  }

  private static Integer feature(String unit) {
    Matcher matcher = FEATURE.matcher(unit);
    return matcher.matches() ? Integer.valueOf(matcher.group(1)) : null;
  }

  /** A percentile as people read it. */
  static String number(double value) {
    return value == Math.rint(value) ? Integer.toString((int) value) : Double.toString(value);
  }
}
