package org.tiltlens.app.cli;

import org.tiltlens.synthesis.TwistedClouds;
import picocli.CommandLine.Option;

/** How many particles twisted guidance draws. */
final class ParticleOptions {
  private static final int USUAL = 64;

  @Option(
      names = "--particles",
      paramLabel = "K",
      description =
          "Particles, of which --count are shown: of exact samples where the pool has too few paths"
              + " of the tilt to draw them all from it; of twisted guidance, where each costs as"
              + " much as an image of tilt guidance. Default: 64, of exact samples 32 or --count.")
  private Integer particles;

  @Option(
      names = "--clouds",
      paramLabel = "R",
      description =
          "Independent clouds that share out the particles of twisted guidance, two each or more;"
              + " their spread gives the errors. Default: 4, or fewer of fewer than 8 particles.")
  private Integer clouds;

  /** What was asked for, or what is usual; null without twisted guidance. */
  Integer particles(String guidance) {
    return particles == null && guidance.equals("twisted") ? Integer.valueOf(USUAL) : particles;
  }

  /** The same of the clouds that share them out. */
  Integer clouds(String guidance) {
    return clouds == null && guidance.equals("twisted")
        ? Integer.valueOf(TwistedClouds.usual(particles(guidance)))
        : clouds;
  }
}
