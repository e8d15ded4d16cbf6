package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.harvest.FeaturePictures;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureSummary;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.StepsChoice;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Sha256;

/** The features of a bundle, the images that they fire on, and what was written of them. */
final class Catalogue implements AutoCloseable {
  private static final String NOTES = "notes.duckdb";
  private static final int RECENT = 256;

  private final Bundle bundle;
  private final FeatureTable table;
  private final Corpus corpus;
  private final NoteStore notes;
  private final Atlas atlas;
  private final Judge judge;

  /** All features by index, once; null before, and for those without statistics. */
  private FeaturePage.Row[] rows;

  /** Statistics asked for last: a page's pictures ask for the same again. */
  private final Map<Integer, FeatureStatistics> recent =
      new LinkedHashMap<>() {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Integer, FeatureStatistics> eldest) {
          return size() > RECENT;
        }
      };

  private final Map<FeatureTable.Sort, int[]> orders = new EnumMap<>(FeatureTable.Sort.class);

  private Catalogue(
      Bundle bundle, FeatureTable table, Corpus corpus, NoteStore notes, Atlas atlas, Judge judge) {
    this.bundle = bundle;
    this.table = table;
    this.corpus = corpus;
    this.notes = notes;
    this.atlas = atlas;
    this.judge = judge;
  }

  /**
   * Opens a bundle's table and corpus.
   *
   * @param folder the studio's, where notes are; nobody else has it
   * @param execution how the {@link Atlas} and the {@link Judge} compute
   * @param opens hears of each part that is opened
   * @throws IllegalArgumentException if these do not belong together, or a model is another than
   *     the folder was served of
   */
  static Catalogue open(Bundle bundle, Path folder, Execution execution, Consumer<String> opens)
      throws IOException {
    opens.accept("the files of the models");
    ServedModels.requireUnchanged(bundle, folder);
    Path cache = folder.resolve("cache");
    opens.accept("the table of features");
    FeatureTable table = FeatureTable.open(bundle.path(bundle.manifest().features()));
    try {
      opens.accept("the images of the corpus");
      Corpus corpus = FeaturePictures.corpus(HarvestSpec.of(bundle), table.info());
      try {
        opens.accept("the notes");
        return new Catalogue(
            bundle,
            table,
            corpus,
            NoteStore.open(folder.resolve(NOTES), key(table.info())),
            new Atlas(HarvestSpec.of(bundle), table.info(), corpus, execution.device(), cache),
            new Judge(bundle, corpus.classNames(), execution, cache));
      } catch (IOException | RuntimeException e) {
        corpus.close();
        throw e;
      }
    } catch (IOException | RuntimeException e) {
      table.close();
      throw e;
    }
  }

  /** What tells a dictionary apart from others: the hashes of its files and of its network's. */
  private static String key(HarvestInfo info) {
    return Sha256.of(info.models() + "\n" + info.features());
  }

  Bundle bundle() {
    return bundle;
  }

  /** Steps of the prior where nobody asks for others. */
  StepsChoice.Usual usualSteps() {
    return StepsChoice.Usual.of(bundle.manifest());
  }

  HarvestInfo info() {
    return table.info();
  }

  Corpus corpus() {
    return corpus;
  }

  NoteStore notes() {
    return notes;
  }

  Atlas atlas() {
    return atlas;
  }

  Judge judge() {
    return judge;
  }

  /** Whether there are statistics of a feature, and pictures. */
  boolean isKnown(int feature) {
    rows();
    return rows[feature] != null;
  }

  /** The features that a query asks for. */
  FeaturePage page(FeatureQuery query) throws IOException {
    int[] found = found(query);
    Map<Integer, String> labels = notes.labels();
    return new FeaturePage(
        found.length,
        query.offset(),
        Arrays.stream(found)
            .skip(query.offset())
            .limit(query.limit())
            .mapToObj(index -> rows[index].withLabel(labels.get(index)))
            .toList());
  }

  private int[] found(FeatureQuery query) throws IOException {
    Predicate<FeaturePage.Row> wanted = wanted(query);
    int[] order = query.like() == null ? order(query.sort()) : query.like().order(atlas);
    rows();
    int[] found =
        Arrays.stream(order)
            .filter(index -> rows[index] != null && wanted.test(rows[index]))
            .toArray();
    return query.first(found);
  }

  /** Indices of the features that a query asks for, ascending, wherever its page begins or ends. */
  int[] chosen(FeatureQuery query) throws IOException {
    return Arrays.stream(found(query)).sorted().toArray();
  }

  /** All features that have statistics, by index. */
  List<FeaturePage.Row> all() {
    rows();
    return Arrays.stream(rows).filter(Objects::nonNull).toList();
  }

  private Predicate<FeaturePage.Row> wanted(FeatureQuery query) throws IOException {
    FeatureTable.Frequencies active = query.active();
    Predicate<FeaturePage.Row> wanted =
        row -> row.frequency() >= active.least() && row.frequency() <= active.most();
    if (query.noted()) {
      Set<Integer> noted = notes.search("");
      wanted = wanted.and(row -> noted.contains(row.feature()));
    }
    String search = query.search();
    if (search.isEmpty()) {
      return wanted;
    }
    int index = query.index();
    String part = search.toLowerCase(Locale.ROOT);
    Set<Integer> noted = notes.search(search);
    return wanted.and(
        row -> row.feature() == index || noted.contains(row.feature()) || row.isOf(part));
  }

  /**
   * Words near to the one that a query searches for, each of which finds something, the nearest
   * first: names of classes that features fire on, and the words of labels and notes.
   */
  List<String> near(FeatureQuery query) throws IOException {
    Set<String> words = new TreeSet<>();
    for (FeaturePage.Row row : all()) {
      row.classes().forEach(one -> words.add(one.name()));
    }
    for (Note note : notes.all()) {
      words.addAll(List.of((note.label() + " " + note.note()).split("[^\\p{L}\\p{N}]+")));
    }
    return NearWords.to(query.search(), words);
  }

  private synchronized int[] order(FeatureTable.Sort sort) {
    return orders.computeIfAbsent(sort, table::order);
  }

  private synchronized void rows() {
    if (rows == null) {
      rows = new FeaturePage.Row[info().features()];
      table
          .summaries(FeatureTable.Sort.INDEX)
          .forEach(feature -> rows[feature.feature()] = row(feature));
    }
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
        null,
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
   * Returns {@code feature} if the dictionary has it.
   *
   * @throws Refused if not
   */
  int require(int feature) {
    if (feature >= info().features()) {
      throw Refused.missing("feature " + feature);
    }
    return feature;
  }

  /**
   * A feature as the table has it.
   *
   * @throws Refused if there is none of that index, or nothing known of it
   */
  synchronized FeatureStatistics statistics(int feature) {
    require(feature);
    FeatureStatistics kept = recent.get(feature);
    if (kept != null) {
      return kept;
    }
    FeatureStatistics found =
        table
            .find(feature)
            .orElseThrow(
                () ->
                    new Refused(
                        404,
                        "feature "
                            + feature
                            + " has no statistics, as it is not finite on every image"));
    recent.put(feature, found);
    return found;
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
  public void close() throws IOException {
    try (table;
        notes) {
      atlas.close();
      judge.close();
      corpus.close();
    }
  }
}
