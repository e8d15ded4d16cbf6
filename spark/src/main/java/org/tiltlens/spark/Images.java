package org.tiltlens.spark;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.KnownShards;
import org.tiltlens.corpus.RemoteFiles;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.OpenHarvest;
import org.tiltlens.models.Named;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Device;

/** Opens a harvest whose images may lie where only Hadoop leads to. */
final class Images {
  private Images() {}

  /**
   * Opens it.
   *
   * @param progress hears of images that are copied first
   */
  static OpenHarvest open(HarvestSpec spec, Device device, Progress progress) throws IOException {
    if (!Named.isRemote(spec.images())) {
      return OpenHarvest.open(spec, device);
    }
    Corpus corpus =
        Unreachable.said(
            spec.images(), () -> Corpus.open(files(progress), address(spec), spec.framing()));
    return OpenHarvest.open(spec, corpus, device);
  }

  private static HadoopFiles files(Progress progress) {
    return new HadoopFiles(Hadoop.configuration(), CopyCache.of(Hadoop.spark()), progress);
  }

  private static String address(HarvestSpec spec) {
    return new Path(spec.images()).toString();
  }

  /**
   * What executors need to open it without the files whose images they do not compute; null if they
   * open all of it.
   */
  static KnownShards known(HarvestSpec spec, OpenHarvest open) throws IOException {
    if (!Named.isRemote(spec.images())) {
      return null;
    }
    try (HadoopFiles files = files(Progress.SILENT)) {
      return files.kind(address(spec)) == RemoteFiles.Kind.FOLDER
          ? open.knownShards().orElse(null)
          : null;
    }
  }

  /**
   * Opens it on an executor.
   *
   * @param known what the driver knows; null if all is to be opened
   */
  static OpenHarvest open(HarvestSpec spec, KnownShards known, Device device, Progress progress)
      throws IOException {
    if (known == null) {
      return open(spec, device, progress);
    }
    Corpus corpus = Corpus.open(files(progress), address(spec), known, spec.framing());
    return OpenHarvest.open(spec, corpus, device);
  }
}
