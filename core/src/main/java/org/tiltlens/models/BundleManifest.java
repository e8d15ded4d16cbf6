package org.tiltlens.models;

import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.tiltlens.corpus.Framing;

/**
 * The content of a {@code bundle.json}: models that belong together and the corpus they were
 * measured on.
 *
 * <p>Files are named relative to the bundle's folder and lie in it; in one that is made of models
 * that stay where they are ({@link Bundle#rooted}), by absolute paths.
 *
 * @param name a few words
 * @param imageSize side of the images in pixels
 * @param fit how the corpus' images become squares of that size
 * @param vision the vision model
 * @param visionOptions what the vision model's file cannot tell
 * @param hook where units are read; null for the dictionary's own hook point
 * @param dictionary folder of the sparse dictionary
 * @param prior the diffusion prior
 * @param priorOptions what the prior's file cannot tell
 * @param noiseSchedule schedule the prior was trained with, {@code linear} or {@code cosine}
 * @param baseSteps steps it was trained with
 * @param respacing steps to take unless the user says otherwise
 * @param form what such a step is; ancestral where nothing is said
 * @param preset settings to start from
 * @param corpus images: a folder, zip or IDX file
 * @param features table of what the features do on the corpus
 * @param pool folder of unguided paths of the prior, drawn with the steps above; null if there is
 *     none
 * @param judge a network that guides nothing and judges what the others made; null if there is none
 * @param dataLicence licence and source of the images
 * @param credits table of each image's own, by its name in the corpus; null if there is none
 * @param files every file of the bundle -> its SHA-256, hexadecimal
 */
public record BundleManifest(
    String name,
    int imageSize,
    Framing.Fit fit,
    String vision,
    Map<String, String> visionOptions,
    String hook,
    String dictionary,
    String prior,
    Map<String, String> priorOptions,
    String noiseSchedule,
    int baseSteps,
    String respacing,
    StepsSpec.Form form,
    Preset preset,
    String corpus,
    String features,
    String pool,
    Judge judge,
    String dataLicence,
    String credits,
    Map<String, String> files) {
  /**
   * A classifier that was trained independently of the vision model, on the same images.
   *
   * @param vision its network, of the DINOv3 architecture
   * @param head its linear head; see {@link org.tiltlens.vision.ClassHead}
   * @param hook where its features are read
   * @param testAccuracy share of images it was not trained on that it classifies right, in (0, 1]
   */
  public record Judge(String vision, String head, String hook, double testAccuracy) {
    public Judge {
      required("judge.vision", vision);
      required("judge.head", head);
      required("judge.hook", hook);
      if (!(testAccuracy > 0 && testAccuracy <= 1)) {
        throw new IllegalArgumentException(
            "judge.test_accuracy " + testAccuracy + ", must be a share above 0 and at most 1");
      }
    }
  }

  /** The same with another pool; null for none. */
  BundleManifest withPool(String other) {
    return new BundleManifest(
        name,
        imageSize,
        fit,
        vision,
        visionOptions,
        hook,
        dictionary,
        prior,
        priorOptions,
        noiseSchedule,
        baseSteps,
        respacing,
        form,
        preset,
        corpus,
        features,
        other,
        judge,
        dataLicence,
        credits,
        files);
  }

  public BundleManifest {
    required("name", name);
    required("data_licence", dataLicence);
    required("vision", vision);
    required("dictionary", dictionary);
    required("prior", prior);
    required("corpus", corpus);
    required("features", features);
    required("respacing", respacing);
    new Framing(imageSize, required("fit", fit));
    required("preset", preset);
    required("noise_schedule", noiseSchedule);
    form = form == null ? new StepsSpec.Ddpm() : form;
    visionOptions = visionOptions == null ? Map.of() : Map.copyOf(visionOptions);
    priorOptions = priorOptions == null ? Map.of() : Map.copyOf(priorOptions);
    files = files == null ? Map.of() : Map.copyOf(files);
    files.keySet().forEach(BundleManifest::requireInside);
    names(vision, dictionary, prior, corpus, features, pool, judge, credits)
        .filter(file -> !Path.of(file).isAbsolute())
        .forEach(BundleManifest::requireInside);
    if (judge != null && Path.of(judge.vision()).normalize().equals(Path.of(vision).normalize())) {
      throw new IllegalArgumentException(
          "judge.vision '"
              + judge.vision()
              + "' is the vision model itself: expected a network that guides nothing");
    }
  }

  /**
   * The steps to take unless the user says otherwise.
   *
   * @throws IllegalArgumentException if there are no such
   */
  public StepsSpec steps() {
    return new StepsSpec(form, noiseSchedule, baseSteps, respacing);
  }

  private static Stream<String> names(
      String vision,
      String dictionary,
      String prior,
      String corpus,
      String features,
      String pool,
      Judge judge,
      String credits) {
    return Stream.of(
            Stream.of(vision, dictionary, prior, corpus, features),
            Stream.ofNullable(pool),
            Stream.ofNullable(credits),
            Stream.ofNullable(judge).flatMap(own -> Stream.of(own.vision(), own.head())))
        .flatMap(files -> files);
  }

  /** Returns it, if all that it names lies in its folder. */
  BundleManifest requireInside() {
    names(vision, dictionary, prior, corpus, features, pool, judge, credits)
        .forEach(BundleManifest::requireInside);
    return this;
  }

  private static <T> T required(String key, T value) {
    return Objects.requireNonNull(value, "a bundle.json needs '" + key + "'");
  }

  /** A path as a bundle may name it: relative, and going nowhere but down. */
  static void requireInside(String file) {
    Path path = Path.of(file);
    boolean climbs = Stream.of(file.split("[/\\\\]")).anyMatch(".."::equals);
    if (file.isEmpty() || path.isAbsolute() || climbs) {
      throw new IllegalArgumentException(
          "'"
              + file
              + "' is no path inside the bundle: expected one such as dictionary/config.json");
    }
  }

  /** How the corpus' images become what the models see. */
  public Framing framing() {
    return new Framing(imageSize, fit);
  }
}
