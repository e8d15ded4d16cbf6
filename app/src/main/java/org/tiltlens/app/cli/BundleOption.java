package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.tiltlens.models.Bundle;
import picocli.CommandLine.Option;

/** Which bundle, common to the commands that use models. */
final class BundleOption {
  @Option(
      names = "--bundle",
      paramLabel = "DIR",
      description =
          "Models and corpus that belong together: a folder with bundle.json. Default: the embedded"
              + " bundle, where nothing else names models.")
  private Path folder;

  /** Whether one is named. */
  boolean isGiven() {
    return folder != null;
  }

  /**
   * The bundle to use; none if single models are given.
   *
   * @throws IllegalArgumentException if both are given
   */
  Optional<Bundle> bundle(boolean modelsGiven) throws IOException {
    return named(folder, modelsGiven);
  }

  /**
   * The same by a name that holds wherever it is read later.
   *
   * @throws IllegalArgumentException if both are given
   */
  Optional<Bundle> absolute(boolean modelsGiven) throws IOException {
    return named(folder == null ? null : folder.toAbsolutePath().normalize(), modelsGiven);
  }

  private static Optional<Bundle> named(Path folder, boolean modelsGiven) throws IOException {
    if (folder == null) {
      return modelsGiven ? Optional.empty() : Optional.of(Bundle.embedded());
    }
    if (modelsGiven) {
      throw new IllegalArgumentException(
          "--bundle '"
              + folder
              + "' brings its own models: leave out --vision, --hook, --dictionary, --prior and"
              + " --harvest with their options, or --bundle");
    }
    return Optional.of(Bundle.at(folder));
  }
}
