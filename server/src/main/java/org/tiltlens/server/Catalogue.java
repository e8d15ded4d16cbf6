package org.tiltlens.server;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.harvest.FeaturePictures;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureSummary;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.models.Bundle;

/** The features of a bundle and the images that they fire on. */
final class Catalogue implements AutoCloseable {
  private final Bundle bundle;
  private final FeatureTable table;
  private final Corpus corpus;
  private final Map<FeatureTable.Sort, List<FeaturePage.Row>> sorted =
      new EnumMap<>(FeatureTable.Sort.class);

  private Catalogue(Bundle bundle, FeatureTable table, Corpus corpus) {
    this.bundle = bundle;
    this.table = table;
    this.corpus = corpus;
  }

  /**
   * Opens a bundle's table and corpus.
   *
   * @throws IllegalArgumentException if these do not belong together
   */
  static Catalogue open(Bundle bundle) throws IOException {
    FeatureTable table = FeatureTable.open(bundle.path(bundle.manifest().features()));
    try {
      return new Catalogue(
          bundle, table, FeaturePictures.corpus(HarvestSpec.of(bundle), table.info()));
    } catch (IOException | RuntimeException e) {
      table.close();
      throw e;
    }
  }

  Bundle bundle() {
    return bundle;
  }

  HarvestInfo info() {
    return table.info();
  }

  Corpus corpus() {
    return corpus;
  }

  /** The features that a query asks for. */
  FeaturePage page(FeatureQuery query) {
    List<FeaturePage.Row> wanted =
        sorted(query.sort()).stream()
            .filter(
                row ->
                    row.frequency() >= query.active().least()
                        && row.frequency() <= query.active().most())
            .filter(row -> matches(row, query.search()))
            .toList();
    return new FeaturePage(
        wanted.size(),
        query.offset(),
        wanted.stream().skip(query.offset()).limit(query.limit()).toList());
  }

  private static boolean matches(FeaturePage.Row row, String search) {
    if (search.matches("\\d{1,9}")) {
      return row.feature() == Integer.parseInt(search);
    }
    String part = search.toLowerCase(Locale.ROOT);
    return part.isEmpty()
        || row.classes().stream()
            .anyMatch(one -> one.name().toLowerCase(Locale.ROOT).contains(part));
  }

  private synchronized List<FeaturePage.Row> sorted(FeatureTable.Sort sort) {
    return sorted.computeIfAbsent(
        sort, order -> table.summaries(order).stream().map(this::row).toList());
  }

  private FeaturePage.Row row(FeatureSummary feature) {
    return new FeaturePage.Row(
        feature.feature(),
        feature.frequency(),
        feature.mean(),
        feature.deviation(),
        feature.p99(),
        feature.max(),
        classes(feature.top()),
        Api.ROOT + "/features/" + feature.feature() + "/strip.png");
  }

  private List<FeaturePage.ClassCount> classes(List<Integer> images) {
    Map<String, Integer> counts = new TreeMap<>();
    images.forEach(
        image -> corpus.className(image).ifPresent(name -> counts.merge(name, 1, Integer::sum)));
    return counts.entrySet().stream()
        .filter(one -> 4 * one.getValue() >= images.size())
        .map(one -> new FeaturePage.ClassCount(one.getKey(), one.getValue()))
        .sorted(Comparator.comparing(FeaturePage.ClassCount::images).reversed())
        .toList();
  }

  /**
   * A feature as the table has it.
   *
   * @throws Refused if there is none of that index, or nothing known of it
   */
  synchronized FeatureStatistics statistics(int feature) {
    if (feature >= info().features()) {
      throw Refused.missing("feature " + feature);
    }
    return table
        .find(feature)
        .orElseThrow(
            () ->
                new Refused(
                    404,
                    "feature "
                        + feature
                        + " has no statistics, as it is not finite on every image"));
  }

  /** All that is known of a feature. */
  FeatureDetail feature(int feature) {
    FeatureStatistics known = statistics(feature);
    List<FeatureDetail.TopImage> top = new ArrayList<>();
    for (FeatureStatistics.TopImage image : known.top()) {
      top.add(
          new FeatureDetail.TopImage(
              image.image(),
              corpus.name(image.image()),
              corpus.className(image.image()).orElse(null),
              image.score(),
              image.row(),
              image.column(),
              Api.ROOT + "/corpus/" + image.image() + ".png",
              Api.ROOT + "/features/" + feature + "/maps/" + image.image() + ".png"));
    }
    return new FeatureDetail(
        feature,
        known.frequency(),
        known.positionFrequency(),
        known.mean(),
        known.deviation(),
        known.min(),
        known.max(),
        known.percentilesByName(),
        classes(known.top().stream().map(FeatureStatistics.TopImage::image).toList()),
        Histogram.of(known.sample()),
        top);
  }

  /** Features of which nothing is known. */
  synchronized List<Integer> unknown() {
    return table.unknown();
  }

  @Override
  public void close() {
    try (table) {
      corpus.close();
    }
  }
}
