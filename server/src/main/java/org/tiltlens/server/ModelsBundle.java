package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.tiltlens.harvest.FeaturePictures;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;

/**
 * Single models and a corpus as the bundle of a studio: they stay where they are; the studio's
 * folder has the {@code bundle.json} that names them and the table of what the features do on the
 * corpus, harvested once.
 */
public final class ModelsBundle {
  /** A table that is still to be harvested, as a manifest names it. */
  public static final String TABLE = "features.parquet";

  private static final String FOLDER = "models";

  private ModelsBundle() {}

  /**
   * The bundle of these models. A harvest that was stopped goes on.
   *
   * @param manifest names models, corpus and an earlier harvest's table by absolute paths, or the
   *     table {@link #TABLE}
   * @param folder the studio's; created if need be
   * @throws IllegalArgumentException if the models, the corpus and the table do not belong
   *     together, the folder is of other models (one that had no pool may get one), or a studio has
   *     it
   * @throws org.tiltlens.torch.CancelledException if {@code progress} was cancelled
   */
  public static Bundle open(
      BundleManifest manifest, Path folder, Execution execution, Progress progress)
      throws IOException {
    Files.createDirectories(folder);
    try (FolderLock lock = FolderLock.of(folder)) {
      Bundle bundle = Bundle.of(folder.toAbsolutePath().normalize().resolve(FOLDER), manifest);
      if (!bundle.isWritten()) {
        requireNoJobs(folder);
        bundle.requireOneSize();
        Path table = bundle.path(manifest.features());
        if (manifest.features().equals(TABLE) && !Files.exists(table)) {
          Files.createDirectories(table.getParent());
          Jobs.HARVEST.run(HarvestSpec.of(bundle), execution, table, progress);
        }
        requireHarvestOf(bundle, table);
      }
      bundle.write();
      return bundle;
    }
  }

  /**
   * Refuses a studio's folder that is of single models, for a bundle.
   *
   * @throws SpecException if it is one
   */
  public static void requireNone(Path folder) {
    if (Files.exists(folder.resolve(FOLDER))) {
      throw new SpecException(
          "'%s' is the folder of a studio of single models: give these again, or another {folder}",
          folder);
    }
  }

  private static void requireNoJobs(Path folder) throws IOException {
    if (!JobFolders.in(folder).names().isEmpty()) {
      throw new SpecException(
          "'%s' has jobs of a studio of other models: give another {folder}", folder);
    }
  }

  /** That the table's scores are what samples of the bundle are aimed at. */
  private static void requireHarvestOf(Bundle bundle, Path table) throws IOException {
    HarvestSpec usual = HarvestSpec.of(bundle);
    try (FeatureTable harvested = FeatureTable.open(table)) {
      HarvestSpec own = harvested.info().spec();
      if (own == null
          || !own.framing().equals(usual.framing())
          || !own.reduction().equals(usual.reduction())
          || own.center() != usual.center()) {
        throw new SpecException(
            "the table '%s' was not harvested as the studio reads features (%s, {reduction} %s,"
                + " {center} %s): leave {harvest} out",
            table, usual.framing(), usual.reduction(), usual.center());
      }
      FeaturePictures.corpus(usual, harvested.info()).close();
    }
  }
}
