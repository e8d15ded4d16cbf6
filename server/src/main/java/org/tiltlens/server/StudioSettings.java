package org.tiltlens.server;

import java.nio.file.Path;
import java.util.Objects;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Execution;

/**
 * What a studio shows, and where.
 *
 * @param bundle models, corpus and table of features
 * @param host address that it listens on; one beyond this machine asks for a token
 * @param port in 0..65535; 0 for any that is free
 * @param folder where jobs and drawn pictures go; created if need be
 * @param execution how jobs compute
 */
public record StudioSettings(
    Bundle bundle, String host, int port, Path folder, Execution execution) {
  private static final int MOST_PORTS = 65_535;

  public StudioSettings {
    Objects.requireNonNull(bundle, "bundle");
    Objects.requireNonNull(host, "host");
    Objects.requireNonNull(folder, "folder");
    Objects.requireNonNull(execution, "execution");
    if (port < 0 || port > MOST_PORTS) {
      throw new IllegalArgumentException(
          "illegal port: " + port + ", must be in 0.." + MOST_PORTS + ", 0 for any that is free");
    }
  }
}
