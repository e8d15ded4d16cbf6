package org.tiltlens.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.tiltlens.harvest.DecoderDirections;

/**
 * Where the directions of features lie on the two principal axes of all of them.
 *
 * @param shareX share of the directions' variance along the first axis, in [0, 1]
 * @param shareY along the second
 * @param classes names of those that features fire on most, in order
 * @param features indices of those with statistics and a direction, ascending
 * @param x coordinate of each
 * @param y the same
 * @param frequency share of images on which each is active
 * @param mostOf which of {@code classes} each fires on most; -1 for none
 * @param chosen indices of the features that the filter asks for, ascending
 * @param labels what somebody called them, by index
 */
record FeatureMap(
    double shareX,
    double shareY,
    List<String> classes,
    int[] features,
    float[] x,
    float[] y,
    double[] frequency,
    int[] mostOf,
    int[] chosen,
    Map<Integer, String> labels) {

  static FeatureMap of(Catalogue catalogue, FeatureQuery query) throws IOException {
    DecoderDirections directions = catalogue.atlas().directions();
    List<FeaturePage.Row> rows =
        catalogue.all().stream()
            .filter(row -> Float.isFinite(directions.x()[row.feature()]))
            .toList();
    TreeSet<String> names = new TreeSet<>();
    rows.forEach(row -> row.classes().stream().limit(1).forEach(one -> names.add(one.name())));
    List<String> classes = new ArrayList<>(names);
    int n = rows.size();
    int[] features = new int[n];
    float[] x = new float[n];
    float[] y = new float[n];
    double[] frequency = new double[n];
    int[] mostOf = new int[n];
    for (int i = 0; i < n; i++) {
      FeaturePage.Row row = rows.get(i);
      features[i] = row.feature();
      x[i] = directions.x()[row.feature()];
      y[i] = directions.y()[row.feature()];
      frequency[i] = row.frequency();
      mostOf[i] = row.classes().isEmpty() ? -1 : classes.indexOf(row.classes().get(0).name());
    }
    return new FeatureMap(
        directions.shareX(),
        directions.shareY(),
        classes,
        features,
        x,
        y,
        frequency,
        mostOf,
        catalogue.chosen(query),
        catalogue.notes().labels());
  }
}
