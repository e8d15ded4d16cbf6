package org.tiltlens.server;

import java.util.List;

/** What the pages of an export show. */
final class ExportView {
  private ExportView() {}

  /** The file of a page of the index; the first is where one starts. */
  static String page(int page) {
    return page == 0 ? "index.html" : "index-" + (page + 1) + ".html";
  }

  /** The file of a drawn sample, in its feature's folder. */
  static String sample(LevelView level, int sample) {
    return "p" + level.level() + "-" + sample + ".png";
  }

  /**
   * A page of the index.
   *
   * @param rows its features
   * @param page its number, from 0
   * @param pages how many there are
   * @param features in all
   */
  record Index(BundleView bundle, List<FeaturePage.Row> rows, int page, int pages, int features) {
    Index {
      rows = List.copyOf(rows);
    }
  }

  /**
   * What a folder is, as its {@code export.json} has it.
   *
   * @param tiltlens the release that wrote it
   * @param bundle its name
   * @param features their indices
   */
  record Made(String tiltlens, String bundle, List<Integer> features) {
    Made {
      features = List.copyOf(features);
    }
  }

  /**
   * A feature as its {@code feature.json} has it.
   *
   * @param feature as the API has it
   * @param note what somebody wrote of it
   */
  record Data(FeatureDetail feature, Note note) {}
}
