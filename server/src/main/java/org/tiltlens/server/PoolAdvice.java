package org.tiltlens.server;

import java.nio.file.Path;
import java.util.Optional;
import java.util.TreeMap;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.pool.PoolChoice;

/**
 * What to do in a studio without a pool, whose first exact samples draw one before their own.
 *
 * @param why it is slow, a sentence
 * @param command that draws a pool for it
 * @param then what to do with the pool, the rest of a sentence that begins with the command
 */
public record PoolAdvice(String why, String command, String then) {
  private static final String FOLDER = "my-pool";

  /** What to do; empty for a bundle that has a pool. */
  public static Optional<PoolAdvice> of(Bundle bundle) {
    if (bundle.pool().isPresent()) {
      return Optional.empty();
    }
    BundleManifest manifest = bundle.manifest();
    // Single models stay where they are; a bundle has its own inside.
    boolean single = Path.of(manifest.prior()).isAbsolute();
    return Optional.of(
        new PoolAdvice(
            ("Without a pool the first exact samples are slow: they draw %d images of the prior"
                    + " first, once for all features.")
                .formatted(PoolChoice.USUAL_COUNT),
            single
                ? drawing(manifest)
                : "tiltlens pool --bundle " + word(bundle.root()) + " --out " + FOLDER,
            single
                ? "draws them ahead, on a GPU with --device cuda:0; then start the studio with"
                    + " --pool "
                    + FOLDER
                    + " as well"
                : "draws them ahead, on a GPU with --device cuda:0; then move the folder into the"
                    + " bundle, and name it in bundle.json as \"pool\": \""
                    + FOLDER
                    + "\""));
  }

  private static String drawing(BundleManifest manifest) {
    StringBuilder options = new StringBuilder();
    new TreeMap<>(manifest.priorOptions())
        .forEach(
            (name, value) -> options.append(" --prior-option ").append(word(name + "=" + value)));
    return "tiltlens pool --prior %s%s --noise-schedule %s --base-steps %d%s --respacing %s --out %s"
        .formatted(
            word(manifest.prior()),
            options,
            word(manifest.noiseSchedule()),
            manifest.baseSteps(),
            form(manifest.form()),
            word(manifest.respacing()),
            FOLDER);
  }

  /** Where it is not the usual one. */
  private static String form(StepsSpec.Form form) {
    String eta =
        form instanceof StepsSpec.Ddim ddim && ddim.eta() != 0 ? " --eta " + ddim.eta() : "";
    return form instanceof StepsSpec.Ddpm ? "" : " --form " + form.word() + eta;
  }

  /** As a shell takes it for one word. */
  private static String word(String text) {
    return text.matches("[\\w./:,=+@-]+") ? text : "'" + text.replace("'", "'\\''") + "'";
  }
}
