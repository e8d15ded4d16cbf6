package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.tiltlens.run.Progress;

/** A studio's export without a browser. */
public final class StudioExport {
  private StudioExport() {}

  /**
   * Writes features as a folder of pages and JSON, with the notes and the samples that the studio's
   * folder has. One that was stopped goes on.
   *
   * @param settings which features of which bundle; host and port say nothing here
   * @param folder where the export goes, over an earlier one
   * @param features which, such as {@code 1,2,5-9}; null for all
   * @return how many
   * @throws IllegalArgumentException if there are no such features, the folder holds something
   *     else, or a studio has the settings' folder
   * @throws org.tiltlens.torch.CancelledException if {@code progress} was cancelled
   */
  public static int write(StudioSettings settings, Path folder, String features, Progress progress)
      throws IOException {
    Files.createDirectories(settings.folder());
    Path cache = settings.folder().resolve("cache");
    String device = settings.execution().device();
    JobFolders folders = JobFolders.in(settings.folder());
    try (FolderLock lock = FolderLock.of(settings.folder());
        Catalogue catalogue =
            Catalogue.open(settings.bundle(), settings.folder(), settings.execution(), part -> {});
        PictureCache pictures = new PictureCache(catalogue, cache, device);
        JobQueue queue =
            new JobQueue(folders, settings.execution(), catalogue.usualSteps(), job -> {})) {
      List<Integer> chosen =
          features == null
              ? catalogue.all().stream().map(FeaturePage.Row::feature).toList()
              : ExportChoice.listed(catalogue, features).features();
      new ExportFolder(catalogue, pictures, folders, queue, folder).write(chosen, progress);
      return chosen.size();
    }
  }
}
