package org.tiltlens.models;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.run.Json;
import org.tiltlens.run.SpecException;

/**
 * StudyModels that belong together, with a corpus and what their features do on it: a folder with a
 * {@code bundle.json}, or the one that comes with Tiltlens.
 *
 * @param root what file names start with: the folder's path and a slash, or {@code embedded:}
 * @param manifest the content of its {@code bundle.json}
 * @param told what its prior is told in place of what the manifest says, as options of a prior; see
 *     {@link Prompt}
 */
public record Bundle(String root, BundleManifest manifest, Map<String, String> told) {
  public Bundle {
    told = told == null ? Map.of() : Map.copyOf(told);
  }

  /** With its prior as the manifest has it. */
  public Bundle(String root, BundleManifest manifest) {
    this(root, manifest, Map.of());
  }

  /** The same, whose prior is told something else. */
  public Bundle telling(Map<String, String> options) {
    return new Bundle(root, manifest, options);
  }

  /**
   * The bundle that comes with Tiltlens.
   *
   * @throws IllegalStateException if it is not on the class path
   */
  public static Bundle embedded() throws IOException {
    return new Bundle(Named.EMBEDDED, read(EmbeddedBundle.folder()));
  }

  /** The bundle of a {@link #root}, whose prior is {@link #told} something. */
  public static Bundle rooted(String root, Map<String, String> told) throws IOException {
    return (root.equals(Named.EMBEDDED) ? embedded() : at(Path.of(root))).telling(told);
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
    Path file = folder.resolve(EmbeddedBundle.MANIFEST);
    if (!Files.isRegularFile(file)) {
      throw new NoSuchFileException(file.toString());
    }
    return Json.read(file, null, BundleManifest.class);
  }

  /**
   * Refuses a manifest that says another noise schedule than the prior's own files do.
   *
   * @throws SpecException if these say one, and it is another
   */
  public void requireSchedule() {
    PriorFile.Trained said = new PriorFile.Trained(manifest.noiseSchedule(), manifest.baseSteps());
    Optional<PriorFile.Trained> own = PriorFile.toldBySelf(models().prior());
    if (own.isPresent() && !own.get().isSame(said)) {
      throw new SpecException(
          "'%s' says noise_schedule %s of base_steps %s, and the files of its prior '%s' %s of %s:"
              + " write that into it",
          root + EmbeddedBundle.MANIFEST,
          said.schedule(),
          said.baseSteps(),
          manifest.prior(),
          own.get().schedule(),
          own.get().baseSteps());
    }
  }

  /** Its models, as a spec names them. */
  public ModelFiles models() {
    Map<String, String> options = new HashMap<>(manifest.priorOptions());
    options.putAll(told);
    return new ModelFiles(
        root + manifest.vision(),
        Map.of(),
        manifest.hook(),
        root + manifest.dictionary(),
        root + manifest.prior(),
        options,
        root + manifest.features());
  }

  /** Its models' files and folders and its {@code bundle.json}, as a spec names files. */
  public List<String> files() {
    return Stream.of(
            models().names().stream(), pool().stream(), Stream.of(root + EmbeddedBundle.MANIFEST))
        .flatMap(names -> names)
        .toList();
  }

  /**
   * Its pool, as a spec names folders; empty if it has none, or its prior is told something else.
   */
  public Optional<String> pool() {
    boolean same = Prompt.isSame(manifest.priorOptions(), models().priorOptions());
    return Optional.ofNullable(manifest.pool()).filter(it -> same).map(folder -> root + folder);
  }

  /** Its images, as a spec names them. */
  public String corpus() {
    return root + manifest.corpus();
  }

  /** Opens them; the caller closes. */
  public Corpus openCorpus() throws IOException {
    return Corpus.open(Named.resolve(corpus()), manifest.framing());
  }

  /** Where one of its files is. */
  public Path path(String file) {
    return Named.resolve(root + file);
  }
}
