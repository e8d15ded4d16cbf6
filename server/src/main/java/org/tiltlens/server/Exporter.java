package org.tiltlens.server;

import com.fasterxml.jackson.annotation.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.tiltlens.page.Pages;
import org.tiltlens.page.Script;
import org.tiltlens.page.Style;
import org.tiltlens.run.Json;
import org.tiltlens.run.WholeFile;

/**
 * Writes all features as pages that open from a folder, without a studio and without a network.
 *
 * <p>They are written beside the place of a finished export and moved there when all are: what has
 * its name is whole. One that was stopped goes on with the pictures that it has.
 */
final class Exporter implements AutoCloseable {
  /** Features on a page of the index. */
  static final int ON_PAGE = 96;

  private static final int SECONDS_TO_END = 10;

  private final Catalogue catalogue;
  private final PictureCache pictures;
  private final JobFolders folders;
  private final JobQueue queue;
  private final Path whole;
  private final Path partial;
  private final ExecutorService worker =
      Executors.newSingleThreadExecutor(task -> new Thread(task, "studio-export"));

  private volatile Far far;
  private volatile boolean closed;

  /**
   * @param folder where the folder {@code export} comes to lie
   */
  Exporter(
      Catalogue catalogue, PictureCache pictures, JobFolders folders, JobQueue queue, Path folder) {
    this.catalogue = catalogue;
    this.pictures = pictures;
    this.folders = folders;
    this.queue = queue;
    whole = folder.resolve("export").toAbsolutePath();
    partial = folder.resolve("export.partial").toAbsolutePath();
    far = new Far(State.NONE, 0, 0, whole.toString(), null);
  }

  /** What it does. */
  enum State {
    /** Nobody asked for it since the studio started. */
    NONE,
    /** Writes. */
    RUNNING,
    /** Whole. */
    DONE,
    /** Ended before it was whole. */
    FAILED;

    /** In JSON and in pages. */
    @JsonValue
    String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * How far it is.
   *
   * @param state of it
   * @param done features written
   * @param features to write; 0 before it starts
   * @param folder where the finished export is
   * @param failure why it ended, in one line; absent otherwise
   */
  record Far(State state, int done, int features, String folder, String failure) {}

  Far far() {
    return far;
  }

  /** Starts to write, unless it does. */
  synchronized Far start() {
    if (far.state() != State.RUNNING) {
      far = new Far(State.RUNNING, 0, catalogue.all().size(), whole.toString(), null);
      worker.execute(this::run);
    }
    return far;
  }

  private void run() {
    try {
      write();
      far = new Far(State.DONE, far.features(), far.features(), whole.toString(), null);
    } catch (IOException | RuntimeException | Error e) {
      // Told to whoever looks.
      String said = String.valueOf(e.getMessage()).lines().findFirst().orElse("");
      far = new Far(State.FAILED, far.done(), far.features(), whole.toString(), said);
    }
  }

  private void write() throws IOException {
    Files.createDirectories(partial);
    WholeFile.writeText(
        partial.resolve("style.css"),
        Style.text()
            + Script.beside(Views.class, "studio.css").text()
            + Script.beside(Views.class, "dictionary.css").text());
    List<FeaturePage.Row> rows =
        catalogue.page(FeatureQuery.all(Math.max(1, catalogue.info().features()))).features();
    BundleView bundle = BundleView.of(catalogue);
    for (FeaturePage.Row row : rows) {
      feature(bundle, row);
      far = new Far(State.RUNNING, far.done() + 1, rows.size(), whole.toString(), null);
    }
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
    WholeFile.deleteTree(whole);
    Files.move(partial, whole, StandardCopyOption.ATOMIC_MOVE);
  }

  private void feature(BundleView bundle, FeaturePage.Row row) throws IOException {
    Path own = Files.createDirectories(partial.resolve("feature-" + row.feature()));
    copy(pictures.strip(row.feature()), own.resolve("strip.png"));
    FeatureDetail feature = catalogue.feature(row.feature());
    List<FeatureDetail.TopImage> top = new ArrayList<>();
    for (FeatureDetail.TopImage image : feature.top()) {
      copy(pictures.image(image.image()), own.resolve(image.image() + ".png"));
      copy(pictures.map(row.feature(), image.image()), own.resolve(image.image() + "-map.png"));
      top.add(image);
    }
    List<LevelView> levels = new ArrayList<>();
    for (double percentile : BundleView.LEVELS) {
      LevelView level =
          LevelView.of(catalogue, folders, queue, row.feature(), percentile, Led.EXACT);
      if (level.result() != null) {
        levels.add(level);
        for (var image : level.result().images()) {
          copy(
              folders.file(level.job().job(), image.file()),
              own.resolve(ExportView.sample(level, image.sample())));
        }
      }
    }
    Note note = catalogue.notes().of(row.feature());
    FeatureView view = new FeatureView(bundle, feature, levels, note, null, null);
    WholeFile.writeText(own.resolve("index.html"), Pages.html("server/exportfeature.jte", view));
    WholeFile.writeText(
        own.resolve("feature.json"), Json.write(new ExportView.Data(feature, note)) + "\n");
  }

  private void copy(Path from, Path to) throws IOException {
    if (closed) {
      throw new CancellationException("the studio ends");
    }
    if (!Files.exists(to, LinkOption.NOFOLLOW_LINKS)) {
      WholeFile.write(to, out -> Files.copy(from, out));
    }
  }

  /** Ends what is being written, which goes on when it is asked for again. */
  @Override
  public void close() {
    closed = true;
    worker.shutdown();
    try {
      worker.awaitTermination(SECONDS_TO_END, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
