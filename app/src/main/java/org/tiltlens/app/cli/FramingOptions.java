package org.tiltlens.app.cli;

import java.util.Optional;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.Bundle;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which of a corpus' images, and how they become squares. */
final class FramingOptions {
  @Option(
      names = "--limit",
      paramLabel = "N",
      description =
          "Take the first N images only, in the corpus' order: of folders, which come by name, the"
              + " first ones. Default: all.")
  private int limit = Integer.MAX_VALUE;

  @Mixin private SquareOptions squares;

  /** Whether anything was said. */
  boolean isGiven() {
    return limit != Integer.MAX_VALUE || squares.isGiven();
  }

  int limit() {
    return limit;
  }

  /** See {@link SquareOptions#framing}. */
  Framing framing(Optional<Bundle> bundle, CommandLine command, String... models) {
    return squares.framing(bundle, command, models);
  }
}
