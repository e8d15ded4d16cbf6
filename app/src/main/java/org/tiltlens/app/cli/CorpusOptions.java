package org.tiltlens.app.cli;

import java.util.Optional;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.Bundle;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;

/** Natural images: a corpus of one's own, or a bundle's. */
final class CorpusOptions {
  @Mixin private ImagesOption corpus;
  @Mixin private FramingOptions framing;

  /** Whether a corpus of one's own is given. */
  boolean isGiven() {
    return corpus.isGiven();
  }

  /** Whether a corpus or how to read one is given. */
  boolean isTouched() {
    return isGiven() || framing.isGiven();
  }

  /** As given, else the bundle's, else null. */
  String images(Optional<Bundle> bundle) {
    return corpus.isGiven() ? corpus.images() : bundle.map(Bundle::corpus).orElse(null);
  }

  /** See {@link FramingOptions#framing}. */
  Framing framing(Optional<Bundle> bundle, CommandLine command, String... models) {
    return framing.framing(bundle, command, models);
  }

  int limit() {
    return framing.limit();
  }
}
