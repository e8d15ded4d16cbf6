package org.tiltlens.app.cli;

import java.nio.file.Path;
import picocli.CommandLine.Option;

/** A corpus of one's own, common to the commands that can do without. */
final class ImagesOption {
  @Option(
      names = "--images",
      paramLabel = "DIR|ZIP|IDX",
      description =
          "The corpus: a folder, .zip, .tar (.tar.gz too) or .parquet of images, a folder in a zip"
              + " (a.zip/train), a column of a Parquet file (a.parquet/mask), an IDX file (.gz too)"
              + " or CIFAR-10 batches. Default: the bundle's.")
  private Path images;

  boolean isGiven() {
    return images != null;
  }

  /** As given, or null. */
  String images() {
    return images == null ? null : images.toString();
  }
}
