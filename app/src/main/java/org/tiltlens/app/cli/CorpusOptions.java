package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.Optional;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.Bundle;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Natural images: a corpus of one's own, or a bundle's. */
final class CorpusOptions {
  @Option(
      names = "--images",
      paramLabel = "DIR|ZIP|IDX",
      description =
          "The corpus: a folder, .zip, .tar (.tar.gz too) or .parquet of images, a folder in a zip"
              + " (a.zip/train), a column of a Parquet file (a.parquet/mask), an IDX file (.gz too)"
              + " or CIFAR-10 batches. Default: the bundle's.")
  private Path images;

  @Mixin private FramingOptions framing;

  /** Whether a corpus of one's own is given. */
  boolean isGiven() {
    return images != null;
  }

  /** Whether a corpus or how to read one is given. */
  boolean isTouched() {
    return isGiven() || framing.isGiven();
  }

  /** As given, else the bundle's, else null. */
  String images(Optional<Bundle> bundle) {
    return images != null ? images.toString() : bundle.map(Bundle::corpus).orElse(null);
  }

  /** See {@link FramingOptions#framing}. */
  Framing framing(Optional<Bundle> bundle, CommandLine command, String... models) {
    return framing.framing(bundle, command, models);
  }

  int limit() {
    return framing.limit();
  }
}
