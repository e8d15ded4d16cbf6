package org.tiltlens.app.cli;

import picocli.CommandLine.Option;

/** How many particles twisted guidance draws. */
final class ParticleOptions {
  private static final int USUAL = 64;

  @Option(
      names = "--particles",
      paramLabel = "K",
      description =
          "Particles of twisted guidance; each costs as much as an image of tilt guidance, and"
              + " --count of them are shown, picked by weight. Default: 64.")
  private Integer particles;

  /** What was asked for, or what is usual; null without twisted guidance. */
  Integer particles(String guidance) {
    return particles == null && guidance.equals("twisted") ? Integer.valueOf(USUAL) : particles;
  }
}
