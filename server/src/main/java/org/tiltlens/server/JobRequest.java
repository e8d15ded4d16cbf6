package org.tiltlens.server;

import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonSubTypes;
import com.fasterxml.jackson.annotation.JsonTypeInfo;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.PriorFile;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.SpecException;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Tilting;

/** A job as it is asked for: a command and what it asks of the studio's bundle. */
@JsonTypeInfo(use = JsonTypeInfo.Id.NAME, property = "command")
@JsonSubTypes({
  @JsonSubTypes.Type(value = VisualizeRequest.class, name = "visualize"),
  @JsonSubTypes.Type(value = ExplainRequest.class, name = "explain"),
  @JsonSubTypes.Type(value = ComposeRequest.class, name = "compose"),
  @JsonSubTypes.Type(value = CompareRequest.class, name = "compare"),
  @JsonSubTypes.Type(value = FrontierRequest.class, name = "frontier"),
})
sealed interface JobRequest
    permits VisualizeRequest, ExplainRequest, ComposeRequest, CompareRequest, FrontierRequest {
  /** A page of more is of no use, and the queue is everyone's. */
  int MOST_IMAGES = 64;

  /** Percentiles that can be targets, as pages have them: with three digits after the point. */
  double LEAST = 0.001;

  double MOST = 99.999;

  /** Its commands. */
  Set<String> COMMANDS = Set.of("visualize", "explain", "compose", "compare", "frontier");

  /** No more than which command is asked for, whatever else is. */
  @JsonIgnoreProperties(ignoreUnknown = true)
  record Asked(String command) {}

  /**
   * Reads a request.
   *
   * @throws Refused if it is none
   */
  static JobRequest of(Ask ask) {
    String command = ask.json(Asked.class).command();
    if (command == null || !COMMANDS.contains(command)) {
      throw Refused.wrong(
          "command is '" + command + "', expected one of " + new TreeSet<>(COMMANDS));
    }
    return ask.json(JobRequest.class);
  }

  /**
   * What it comes to.
   *
   * @throws Refused if that cannot be
   */
  Work<?> work(Catalogue catalogue, SeenPictures pictures) throws IOException;

  /**
   * Returns the feature, of which something is known.
   *
   * @throws Refused if there is none
   */
  static int feature(Catalogue catalogue, Integer feature) {
    if (feature == null || feature < 0) {
      throw Refused.wrong("feature is " + feature + ", expected an index");
    }
    catalogue.statistics(feature);
    return feature;
  }

  /** Returns the percentile, which can be a target. */
  static double percentile(Double percentile) {
    if (percentile == null || !(percentile >= LEAST && percentile <= MOST)) {
      throw Refused.wrong(
          "percentile is " + percentile + ", expected a number in " + LEAST + ".." + MOST);
    }
    return percentile;
  }

  /** Returns the number of images, which may be null. */
  static Integer count(Integer count, int least) {
    if (count != null && (count < least || count > MOST_IMAGES)) {
      throw Refused.wrong("count is " + count + ", expected " + least + ".." + MOST_IMAGES);
    }
    return count;
  }

  /**
   * The bundle's prior's steps, as they are asked for.
   *
   * @param asked null for the usual ones
   * @param usual what goes for what is not said
   * @throws Refused if the prior has none such
   */
  static StepsSpec steps(Catalogue catalogue, StepsChoice asked, StepsChoice.Usual usual) {
    BundleManifest manifest = catalogue.bundle().manifest();
    return or(
        () ->
            (asked == null ? StepsChoice.USUAL : asked)
                .of(new PriorFile.Trained(manifest.noiseSchedule(), manifest.baseSteps()), usual));
  }

  /**
   * What the library makes of a request.
   *
   * @throws Refused if it makes nothing of it, for its reason
   */
  static <T> T or(Supplier<T> made) {
    try {
      return made.get();
    } catch (SpecException e) {
      throw Refused.wrong(e.message(JobRequest::name));
    } catch (IllegalArgumentException e) {
      throw Refused.wrong(e.getMessage());
    }
  }

  /** What one of the library's fields is called in requests, or where else it can be given. */
  private static String name(String field) {
    return switch (field) {
      case "targetPercentile" -> "percentile";
      case "settings" -> "`tiltlens compare --set`";
      default -> field;
    };
  }

  /**
   * Refuses a percentile whose score no tilt of the corpus has as its mean, for what is aimed by
   * that tilt.
   */
  static void requireReach(ScoreSample corpus, double percentile) {
    double score = corpus.scoreAt(percentile);
    if (score <= corpus.min() || score >= corpus.max()) {
      or(() -> Tilting.solvePercentile(corpus, percentile));
    }
  }

  /** A feature as a unit. */
  static String unit(int feature) {
    return "feature:" + feature + "@pre";
  }
}
