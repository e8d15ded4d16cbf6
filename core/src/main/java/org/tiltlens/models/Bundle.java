package org.tiltlens.models;

import com.fasterxml.jackson.databind.JsonNode;
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
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.run.Json;
import org.tiltlens.run.SpecException;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Device;

/**
 * StudyModels that belong together, with a corpus and what their features do on it: a folder with a
 * {@code bundle.json}, or the one that comes with Tiltlens.
 *
 * @param root what relative file names start with: the folder's path and a slash, or {@code
 *     embedded:}
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

  /**
   * The bundle of a {@link #root}, whose prior is {@link #told} something: who names it in a spec
   * could name any file there, so that this one may name files outside its folder, too, by absolute
   * paths.
   */
  public static Bundle rooted(String root, Map<String, String> told) throws IOException {
    return root.equals(Named.EMBEDDED)
        ? embedded().telling(told)
        : new Bundle(Path.of(root) + "/", read(Path.of(root)), told);
  }

  /**
   * A bundle in a folder, which may be still to be {@link #write written}: all of it, or that it
   * has a pool now.
   *
   * @param manifest may name files outside the folder by absolute paths
   * @throws IllegalArgumentException if the folder has another one
   */
  public static Bundle of(Path folder, BundleManifest manifest) throws IOException {
    if (Files.exists(folder.resolve(EmbeddedBundle.MANIFEST))) {
      BundleManifest there = read(folder);
      BundleManifest before = there.pool() == null ? manifest.withPool(null) : manifest;
      if (!there.equals(before)) {
        throw new SpecException(
            "'%s' is of other models, or reads them otherwise (asked for: %s): give what its"
                + " bundle.json says, or another {folder}",
            folder, difference(there, manifest));
      }
    }
    return new Bundle(folder + "/", manifest);
  }

  /** The first key whose value is another one, with both. */
  private static String difference(BundleManifest there, BundleManifest asked) {
    JsonNode has = Json.parse(Json.write(there), JsonNode.class);
    for (Map.Entry<String, JsonNode> key :
        Json.parse(Json.write(asked), JsonNode.class).properties()) {
      if (!key.getValue().equals(has.get(key.getKey()))) {
        JsonNode own = has.path(key.getKey());
        return "%s %s, and it has %s"
            .formatted(key.getKey(), key.getValue(), own.isMissingNode() ? "none" : own);
      }
    }
    return "less than it has";
  }

  /** Writes its {@code bundle.json}, from when on it is all there. */
  public void write() throws IOException {
    Path file = path(EmbeddedBundle.MANIFEST);
    Files.createDirectories(file.toAbsolutePath().getParent());
    WholeFile.writeText(file, Json.write(manifest) + "\n");
  }

  /** Whether its {@code bundle.json} is there. */
  public boolean isWritten() {
    return Files.exists(path(EmbeddedBundle.MANIFEST));
  }

  /**
   * A bundle in a folder.
   *
   * @throws IllegalArgumentException if its {@code bundle.json} is not understood
   * @throws NoSuchFileException if there is none
   */
  public static Bundle at(Path folder) throws IOException {
    return new Bundle(folder + "/", read(folder).requireInside());
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
          StepsSpec.words(said.schedule()),
          said.baseSteps(),
          manifest.prior(),
          StepsSpec.words(own.get().schedule()),
          own.get().baseSteps());
    }
  }

  /** Its models, as a spec names them. */
  public ModelFiles models() {
    Map<String, String> options = new HashMap<>(manifest.priorOptions());
    options.putAll(told);
    return new ModelFiles(
        named(manifest.vision()),
        manifest.visionOptions(),
        manifest.hook(),
        named(manifest.dictionary()),
        named(manifest.prior()),
        options,
        named(manifest.features()));
  }

  /** Its models' files and folders and its {@code bundle.json}, as a spec names files. */
  public List<String> files() {
    return Stream.of(
            models().names().stream(), pool().stream(), Stream.of(named(EmbeddedBundle.MANIFEST)))
        .flatMap(names -> names)
        .toList();
  }

  /**
   * Its pool, as a spec names folders; empty if it has none, or its prior is told something else.
   *
   * @throws SpecException if it names one that is not there
   */
  public Optional<String> pool() {
    boolean same = Prompt.isSame(manifest.priorOptions(), models().priorOptions());
    Optional<String> own = Optional.ofNullable(manifest.pool()).filter(it -> same).map(this::named);
    own.map(Named::resolve)
        .filter(folder -> !Files.isDirectory(folder))
        .ifPresent(
            missing -> {
              throw new SpecException(
                  "'%s' names the pool '%s', and there is no such folder: mend `pool` or leave it"
                      + " out",
                  root + EmbeddedBundle.MANIFEST, missing);
            });
    return own;
  }

  /** Its images, as a spec names them. */
  public String corpus() {
    return named(manifest.corpus());
  }

  /** Opens them; the caller closes. */
  public Corpus openCorpus() throws IOException {
    return Corpus.open(Named.resolve(corpus()), manifest.framing());
  }

  /** One of its files, as a spec names it. */
  public String named(String file) {
    return Path.of(file).isAbsolute() ? file : root + file;
  }

  /** Where one of its files is. */
  public Path path(String file) {
    return Named.resolve(named(file));
  }

  /**
   * Opens its prior, and compares.
   *
   * @throws IllegalArgumentException if it draws pictures of another size than those of the corpus
   *     have, by which they would be measured
   */
  public void requireOneSize() {
    NoiseSchedule schedule = manifest.steps().noise();
    try (ModelShelf shelf = new ModelShelf()) {
      long[] drawn = shelf.prior(models(), schedule, Device.CPU).imageShape();
      if (drawn[1] != manifest.imageSize() || drawn[2] != manifest.imageSize()) {
        throw new SpecException(
            "the prior draws pictures of %s x %s pixels, the corpus' have %s: give {imageSize} %s",
            drawn[2], drawn[1], manifest.imageSize(), drawn[1]);
      }
    }
  }
}
