package org.tiltlens.app.cli;

import java.util.Optional;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.Bundle;
import picocli.CommandLine.Option;

/** Which of a corpus' images, and how they become squares. */
final class FramingOptions {
  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Take the first N images. Default: all.")
  private int limit = Integer.MAX_VALUE;

  @Option(
      names = "--image-size",
      paramLabel = "PX",
      description = "Side of the squares the model sees. Default: the bundle's, else 256.")
  private Integer imageSize;

  @Option(
      names = "--fit",
      paramLabel = "F",
      description =
          "Images of another shape: ${COMPLETION-CANDIDATES} (resize and cut the centre, or centre"
              + " on black). Default: the bundle's, else crop.")
  private Framing.Fit fit;

  /** Whether anything was said. */
  boolean isGiven() {
    return limit != Integer.MAX_VALUE || imageSize != null || fit != null;
  }

  int limit() {
    return limit;
  }

  /** As given, else the bundle's, else a crop to 256 pixels. */
  Framing framing(Optional<Bundle> bundle) {
    Framing usual = bundle.map(b -> b.manifest().framing()).orElse(Framing.crop(256));
    return new Framing(
        imageSize == null ? usual.size() : imageSize, fit == null ? usual.fit() : fit);
  }
}
