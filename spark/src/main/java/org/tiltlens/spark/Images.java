package org.tiltlens.spark;

import java.io.IOException;
import org.apache.hadoop.fs.Path;
import org.tiltlens.corpus.Corpus;
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
    HadoopFiles files =
        new HadoopFiles(Hadoop.configuration(), CopyCache.of(Hadoop.spark()), progress);
    String address = new Path(spec.images()).toString();
    return OpenHarvest.open(spec, Corpus.open(files, address, spec.framing()), device);
  }
}
