package org.tiltlens.app.cli;

import java.util.Optional;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.TrainedFraming;
import picocli.CommandLine;
import picocli.CommandLine.Option;

/** How a corpus' images become squares. */
final class SquareOptions {
  @Option(
      names = "--image-size",
      paramLabel = "PX",
      description =
          "Side of the squares the model sees. Default: the bundle's, else what the"
              + " models were trained at if their files say so, else 256.")
  private Integer imageSize;

  @Option(
      names = "--fit",
      paramLabel = "F",
      description =
          "Images of another shape: ${COMPLETION-CANDIDATES} (resize and cut the centre, or centre"
              + " on black). Default: as for --image-size, else crop.")
  private Framing.Fit fit;

  /** Whether anything was said. */
  boolean isGiven() {
    return imageSize != null || fit != null;
  }

  /**
   * As given, else the bundle's, else what the models were trained on, else a crop to 256 pixels.
   *
   * <p>Says so on standard error where a model was trained at another size.
   *
   * @param models names of those that will see the images, as in a spec; null where there is none
   */
  Framing framing(Optional<Bundle> bundle, CommandLine command, String... models) {
    Framing usual =
        bundle
            .map(b -> b.manifest().framing())
            .or(() -> TrainedFraming.ofFirst(models))
            .orElse(Framing.crop(256));
    int side = imageSize == null ? usual.size() : imageSize;
    UsedSize.say(command, side, "--image-size %d shows it what it knows", models);
    return new Framing(side, fit == null ? usual.fit() : fit);
  }
}
