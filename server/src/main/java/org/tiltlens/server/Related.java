package org.tiltlens.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.harvest.CoActivation;
import org.tiltlens.harvest.Neighbours;

/**
 * Features that are like one.
 *
 * @param feature the one
 * @param nearest those whose decoder directions have the largest cosines with its, largest first
 * @param together those active on the same images, by Jaccard's index, largest first; absent before
 *     it was measured
 * @param images that were looked at for it; absent before
 * @param measuring how far that measurement is
 */
record Related(
    int feature,
    List<Other> nearest,
    List<Other> together,
    Integer images,
    Atlas.Measuring measuring) {
  /** On a feature's page. */
  static final int SHOWN = 8;

  /** A cosine or an index as people read it. */
  static String text(double value) {
    return "%.2f".formatted(value);
  }

  /**
   * Another feature.
   *
   * @param feature its index
   * @param value the cosine, in [-1, 1], or Jaccard's index, in [0, 1]
   * @param label what somebody called it; absent if nobody did
   * @param strip where its first top images are; absent if nothing is known of it
   */
  record Other(int feature, double value, String label, String strip) {}

  static Related of(Catalogue catalogue, int feature) throws IOException {
    Atlas atlas = catalogue.atlas();
    Map<Integer, String> labels = catalogue.notes().labels();
    Optional<CoActivation> together = atlas.together();
    return new Related(
        feature,
        others(catalogue, atlas.directions().nearest(), feature, labels),
        together.map(found -> others(catalogue, found.together(), feature, labels)).orElse(null),
        together.map(CoActivation::images).orElse(null),
        atlas.measuring());
  }

  private static List<Other> others(
      Catalogue catalogue, Neighbours neighbours, int feature, Map<Integer, String> labels) {
    List<Other> others = new ArrayList<>();
    for (Neighbours.Neighbour other : neighbours.of(feature)) {
      others.add(
          new Other(
              other.feature(),
              other.value(),
              labels.get(other.feature()),
              catalogue.isKnown(other.feature())
                  ? Api.ROOT + "/features/" + other.feature() + "/strip.png"
                  : null));
    }
    return others;
  }
}
