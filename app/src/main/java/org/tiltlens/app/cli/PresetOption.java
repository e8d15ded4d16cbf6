package org.tiltlens.app.cli;

import java.util.Optional;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.Preset;
import picocli.CommandLine.Option;

/** Which settings to start from, common to the commands that take single models. */
final class PresetOption {
  @Option(
      names = "--preset",
      paramLabel = "P",
      description =
          "Settings to start from: ${COMPLETION-CANDIDATES}. energydps is the published one."
              + " Default: the bundle's, else standard.")
  private Preset preset;

  boolean isGiven() {
    return preset != null;
  }

  /** As given, else the bundle's, else the usual one. */
  Preset preset(Optional<BundleManifest> bundle) {
    return preset != null ? preset : bundle.map(BundleManifest::preset).orElse(Preset.standard);
  }
}
