package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Path;
import org.tiltlens.fixture.NoiseBundle;

/** A bundle of the reference models, tiny and random, and a corpus of noise. */
public final class TinyBundle {
  static final int IMAGES = NoiseBundle.IMAGES;
  static final int CLASSES = 3;

  private TinyBundle() {}

  /** Writes the bundle into a new folder. */
  public static void write(Path folder) throws IOException {
    write(folder, 3);
  }

  /**
   * Writes a bundle of the same models.
   *
   * @param noise seed of its corpus
   */
  static void write(Path folder, long noise) throws IOException {
    NoiseBundle.write(folder, noise);
  }

  /**
   * Writes a bundle that has a judge: the guiding network with a random head, in files of its own.
   */
  static void writeJudged(Path folder) throws IOException {
    write(folder);
    NoiseBundle.judge(folder, CLASSES);
  }
}
