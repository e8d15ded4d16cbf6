package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Models that belong together, with a corpus and what their features do on it: a folder with a
 * {@code bundle.json}, or the one that comes with Tiltlens.
 *
 * @param root what file names start with: the folder's path and a slash, or {@code embedded:}
 * @param manifest the content of its {@code bundle.json}
 */
public record Bundle(String root, BundleManifest manifest) {
  static final String MANIFEST = "bundle.json";
  private static final String EMBEDDED = "embedded:";

  /**
   * The bundle that comes with Tiltlens.
   *
   * @throws IllegalStateException if it is not on the class path
   */
  public static Bundle embedded() throws IOException {
    return new Bundle(EMBEDDED, read(EmbeddedBundle.folder()));
  }

  /** The bundle of a {@link #root}. */
  static Bundle rooted(String root) throws IOException {
    return root.equals(EMBEDDED) ? embedded() : at(Path.of(root));
  }

  /**
   * A bundle in a folder.
   *
   * @throws IllegalArgumentException if its {@code bundle.json} is not understood
   * @throws NoSuchFileException if there is none
   */
  public static Bundle at(Path folder) throws IOException {
    return new Bundle(folder + "/", read(folder));
  }

  private static BundleManifest read(Path folder) throws IOException {
    Path file = folder.resolve(MANIFEST);
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString());
    }
    return Json.read(file, null, BundleManifest.class);
  }

  /** Its models, as a spec names them. */
  public ModelFiles models() {
    return new ModelFiles(
        root + manifest.vision(),
        Map.of(),
        manifest.hook(),
        root + manifest.dictionary(),
        root + manifest.prior(),
        manifest.priorOptions(),
        root + manifest.features());
  }

  /**
   * A study of one of its units by the principled tilt, with the settings the bundle starts from.
   *
   * @param beta the tilt's strength; null if the target decides
   * @param target where the mean score should be; null if beta is given
   * @param pilots how the beta of a target is found; null: from the corpus alone
   */
  StudySpec study(
      String unit,
      Double beta,
      Target target,
      Pilots pilots,
      String respacing,
      int count,
      long seed) {
    Preset preset = manifest.preset();
    return new StudySpec(
        models(),
        unit,
        "mix",
        preset.mixAlpha(),
        null,
        0.5,
        "max",
        null,
        null,
        null,
        "tilt",
        beta,
        target,
        pilots,
        null,
        null,
        null,
        null,
        preset.strength(),
        preset.offAtEnd(),
        "full",
        null,
        "ddpm",
        0,
        manifest.noiseSchedule(),
        manifest.baseSteps(),
        respacing,
        count,
        seed);
  }

  /** Its images, as a spec names them. */
  public String corpus() {
    return root + manifest.corpus();
  }

  /** Where one of its files is. */
  public Path path(String file) {
    return resolve(root + file);
  }

  /**
   * The path that a name in a spec stands for: itself, or {@code embedded:PATH} in the embedded
   * bundle.
   *
   * @throws IllegalArgumentException if the path leaves the embedded bundle
   */
  static Path resolve(String name) {
    if (!name.startsWith(EMBEDDED)) {
      return Path.of(name);
    }
    String file = name.substring(EMBEDDED.length());
    BundleManifest.requireInside(file);
    return EmbeddedBundle.folder().resolve(file);
  }
}
