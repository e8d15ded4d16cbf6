package org.tiltlens.server;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.tiltlens.compose.CompositionSpec;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.models.StepsSpec;

/**
 * Exact samples of the joint tilt of several features of the bundle.
 *
 * @param units the features, each at its level, {@value #MOST} at most
 * @param count how many images; null for {@value #USUAL_COUNT}
 * @param seed of all noise; null for the usual one
 * @param steps of the prior; null for the usual ones
 */
record ComposeRequest(List<Part> units, Integer count, Long seed, StepsChoice steps)
    implements JobRequest {
  static final int USUAL_COUNT = 8;
  private static final int MOST = 8;

  ComposeRequest {
    units = units == null ? List.of() : units.stream().filter(Objects::nonNull).toList();
  }

  /**
   * A feature at a level.
   *
   * @param feature its index
   * @param percentile of the corpus' scores where its mean score is to be, in (0, 100)
   * @param row of its map where it is read alone; null for where a score is read
   * @param column the same
   */
  record Part(Integer feature, Double percentile, Integer row, Integer column) {

    /** The feature and its place as people count. */
    private String where() {
      return "feature "
          + feature
          + (row == null ? "" : " at row %d, column %d".formatted(row + 1, column + 1));
    }

    private String unit(Catalogue catalogue) {
      HarvestInfo info = catalogue.info();
      if ((row == null) != (column == null)
          || (row != null && (row < 0 || row >= info.mapHeight()))
          || (column != null && (column < 0 || column >= info.mapWidth()))) {
        throw Refused.wrong(
            "the place row %s, column %s is not on the %d x %d map: give both, or none"
                .formatted(row, column, info.mapHeight(), info.mapWidth()));
      }
      return JobRequest.unit(JobRequest.feature(catalogue, feature))
          + (row == null ? "" : "@" + row + "," + column)
          + " percentile="
          + JobRequest.percentile(percentile);
    }
  }

  @Override
  public Work<CompositionSpec> work(Catalogue catalogue, SeenPictures pictures) {
    if (units.isEmpty() || units.size() > MOST) {
      throw Refused.wrong(units.size() + " units, expected 1.." + MOST);
    }
    Integer images = JobRequest.count(count, 1);
    String[] parts = new String[units.size()];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = named(i + 1, units.get(i), catalogue);
    }
    requireDifferent();
    return JobRequest.or(
        () -> {
          CompositionSpec spec =
              CompositionSpec.of(catalogue.bundle(), parts)
                  .withCount(images == null ? USUAL_COUNT : images);
          StepsSpec asked =
              JobRequest.steps(
                  catalogue, steps, new StepsChoice.Usual(spec.form(), spec.respacing()));
          spec = spec.withSteps(asked.form(), asked.respacing());
          return new Work<>(Jobs.COMPOSE, seed == null ? spec : spec.withSeed(seed));
        });
  }

  /** Says of which of several something is wrong. */
  private String named(int number, Part part, Catalogue catalogue) {
    try {
      return part.unit(catalogue);
    } catch (Refused e) {
      throw units.size() == 1
          ? e
          : new Refused(e.status(), "number " + number + ": " + e.getMessage());
    }
  }

  private void requireDifferent() {
    Map<String, Integer> first = new HashMap<>();
    for (int i = 0; i < units.size(); i++) {
      Integer before = first.putIfAbsent(units.get(i).where(), i + 1);
      if (before != null) {
        throw Refused.wrong(
            "numbers %d and %d are both %s: leave one of them out, or read them at different places"
                .formatted(before, i + 1, units.get(i).where()));
      }
    }
  }
}
