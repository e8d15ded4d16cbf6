package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.tiltlens.harvest.CreditsFile;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.page.Pages;
import org.tiltlens.page.Script;
import org.tiltlens.page.Style;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.SpecException;
import org.tiltlens.run.Version;
import org.tiltlens.run.WholeFile;

/**
 * Writes features as pages that open from a folder, without a studio and without a network, and as
 * JSON that other tools read.
 *
 * <p>They are written beside the place of a finished export and moved there when all are: what has
 * its name is whole. One that was stopped goes on with the pictures that are what they should be.
 */
final class ExportFolder {
  /** Features on a page of the index, and in a file of JSON. */
  static final int ON_PAGE = 96;

  private static final String MARK = "export.json";

  private final Catalogue catalogue;
  private final PictureCache pictures;
  private final JobFolders folders;
  private final JobQueue queue;
  private final Path whole;
  private final Path partial;

  /**
   * @param whole where a finished export comes to lie
   */
  ExportFolder(
      Catalogue catalogue, PictureCache pictures, JobFolders folders, JobQueue queue, Path whole) {
    this.catalogue = catalogue;
    this.pictures = pictures;
    this.folders = folders;
    this.queue = queue;
    this.whole = whole.toAbsolutePath().normalize();
    partial = this.whole.resolveSibling(this.whole.getFileName() + ".partial");
  }

  Path whole() {
    return whole;
  }

  /**
   * Writes features, over an earlier export.
   *
   * @param features their indices, ascending; all have statistics
   * @throws IllegalArgumentException if the folder holds something else
   * @throws org.tiltlens.torch.CancelledException if {@code progress} was cancelled
   */
  void write(List<Integer> features, Progress progress) throws IOException {
    requireOwn(whole);
    requireOwn(partial);
    Files.createDirectories(partial);
    BundleView bundle = BundleView.of(catalogue);
    WholeFile.writeText(
        partial.resolve(MARK),
        Json.write(new ExportView.Made(Version.NUMBER, bundle.name(), features)) + "\n");
    clear(features);
    WholeFile.writeText(
        partial.resolve("style.css"),
        Style.text()
            + Script.beside(Views.class, "studio.css").text()
            + Script.beside(Views.class, "dictionary.css").text());
    List<FeaturePage.Row> rows = rows(features);
    FormatFiles formats = new FormatFiles(bundle, catalogue.info(), partial);
    try (Progress.Task task = Cancellable.begin(progress, "writing features", rows.size())) {
      for (FeaturePage.Row row : rows) {
        feature(bundle, row.feature(), formats);
        task.advance(1);
      }
    }
    formats.end();
    index(bundle, rows);
    CreditsFile.write(catalogue.bundle(), partial.resolve(CreditsFile.NAME));
    WholeFile.deleteTree(whole);
    Files.move(partial, whole, StandardCopyOption.ATOMIC_MOVE);
  }

  /** Nothing is removed but what an export wrote. */
  private static void requireOwn(Path folder) throws IOException {
    if (!Files.exists(folder, LinkOption.NOFOLLOW_LINKS)
        || Files.isRegularFile(folder.resolve(MARK))) {
      return;
    }
    boolean empty = false;
    if (Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
      try (Stream<Path> inside = Files.list(folder)) {
        empty = inside.findFirst().isEmpty();
      }
    }
    if (!empty) {
      throw new SpecException(
          "'%s' is there and is no export (it has no %s): give another {export}, or remove it",
          folder, MARK);
    }
  }

  /** Removes what an earlier try wrote of other features, and all that is written anew. */
  private void clear(List<Integer> features) throws IOException {
    Set<String> kept = new HashSet<>(List.of(MARK));
    features.forEach(feature -> kept.add(folder(feature)));
    List<Path> others;
    try (Stream<Path> inside = Files.list(partial)) {
      others = inside.filter(path -> !kept.contains(path.getFileName().toString())).toList();
    }
    for (Path other : others) {
      WholeFile.deleteTree(other);
    }
  }

  private static String folder(int feature) {
    return "feature-" + feature;
  }

  private List<FeaturePage.Row> rows(List<Integer> features) throws IOException {
    Set<Integer> wanted = new HashSet<>(features);
    return catalogue
        .page(FeatureQuery.all(Math.max(1, catalogue.info().features())))
        .features()
        .stream()
        .filter(row -> wanted.contains(row.feature()))
        .toList();
  }

  private void index(BundleView bundle, List<FeaturePage.Row> rows) throws IOException {
    int pages = Math.max(1, (rows.size() + ON_PAGE - 1) / ON_PAGE);
    for (int page = 0; page < pages; page++) {
      List<FeaturePage.Row> shown =
          rows.subList(page * ON_PAGE, Math.min(rows.size(), (page + 1) * ON_PAGE));
      WholeFile.writeText(
          partial.resolve(ExportView.page(page)),
          Pages.html(
              "server/exportindex.jte",
              new ExportView.Index(bundle, shown, page, pages, rows.size())));
    }
  }

  private void feature(BundleView bundle, int index, FormatFiles formats) throws IOException {
    Path own = partial.resolve(folder(index));
    FeatureDetail feature = catalogue.feature(index);
    List<LevelView> levels = drawn(index);
    FeatureFiles.write(own, madeFrom(feature, levels), wanted(feature, levels));
    Note note = catalogue.notes().of(index);
    FeatureView view = new FeatureView(bundle, feature, levels, note, null, null);
    WholeFile.writeText(own.resolve("index.html"), Pages.html("server/exportfeature.jte", view));
    WholeFile.writeText(
        own.resolve("feature.json"), Json.write(new ExportView.Data(feature, note)) + "\n");
    formats.add(
        feature,
        pictures.activations(index),
        catalogue.atlas().directions().nearest().of(index),
        note);
  }

  private List<LevelView> drawn(int feature) throws IOException {
    List<LevelView> levels = new ArrayList<>();
    for (double percentile : BundleView.LEVELS) {
      LevelView level =
          LevelView.of(catalogue, folders, queue, feature, percentile, Led.EXACT, null);
      if (level.result() != null) {
        levels.add(level);
      }
    }
    return levels;
  }

  private Map<String, FeatureFiles.Source> wanted(FeatureDetail feature, List<LevelView> levels) {
    Map<String, FeatureFiles.Source> wanted = new LinkedHashMap<>();
    wanted.put("strip.png", () -> pictures.strip(feature.feature()));
    for (FeatureDetail.TopImage top : feature.top()) {
      wanted.put(top.image() + ".png", () -> pictures.image(top.image()));
      wanted.put(top.image() + "-map.png", () -> pictures.map(feature.feature(), top.image()));
    }
    for (LevelView level : levels) {
      for (var image : level.result().images()) {
        wanted.put(
            ExportView.sample(level, image.sample()),
            () -> folders.file(level.job().job(), image.file()));
      }
    }
    return wanted;
  }

  /**
   * What decides a feature's pictures.
   *
   * @param tiltlens the release that draws
   * @param info the models and the images, by their hashes
   * @param top which images
   * @param runs SHA-256 of the {@code run.json} of each level that is drawn
   */
  private record Deciding(
      String tiltlens, HarvestInfo info, List<FeatureDetail.TopImage> top, List<String> runs) {}

  private String madeFrom(FeatureDetail feature, List<LevelView> levels) throws IOException {
    List<String> runs = new ArrayList<>();
    for (LevelView level : levels) {
      runs.add(Sha256.of(folders.result(level.job().job())));
    }
    return Sha256.of(
        Json.line(new Deciding(Version.NUMBER, catalogue.info(), feature.top(), runs)));
  }
}
