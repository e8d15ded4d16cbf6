package org.tiltlens.server;

import java.util.List;
import java.util.Objects;
import org.tiltlens.compose.CompositionSpec;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.jobs.Jobs;

/**
 * Exact samples of the joint tilt of several features of the bundle.
 *
 * @param units the features, each at its level, {@value #MOST} at most
 * @param count how many images; null for {@value #USUAL_COUNT}
 * @param seed of all noise; null for the usual one
 */
record ComposeRequest(List<Part> units, Integer count, Long seed) implements JobRequest {
  private static final int MOST = 8;
  private static final int USUAL_COUNT = 8;

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
    String[] parts = units.stream().map(part -> part.unit(catalogue)).toArray(String[]::new);
    try {
      CompositionSpec spec =
          CompositionSpec.of(catalogue.bundle(), parts)
              .withCount(images == null ? USUAL_COUNT : images);
      return new Work<>(Jobs.COMPOSE, seed == null ? spec : spec.withSeed(seed));
    } catch (IllegalArgumentException e) {
      throw Refused.wrong(e.getMessage());
    }
  }
}
