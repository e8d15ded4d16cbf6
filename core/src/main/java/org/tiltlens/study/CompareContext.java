package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;

/**
 * What all parts of a comparison share.
 *
 * @param spec what is compared
 * @param execution how it is computed
 * @param bundle models and corpus
 * @param hashes of the models' files
 * @param device where networks compute
 * @param lanes images under way beside each other
 * @param folder of the comparison
 * @param progress hears how far it is
 */
record CompareContext(
    CompareSpec spec,
    Execution execution,
    Bundle bundle,
    Map<String, String> hashes,
    Device device,
    Lanes lanes,
    Path folder,
    Progress progress) {
  private static final int HASH_DIGITS = 8;

  /** A study of the tilt with a given beta. */
  StudySpec study(int feature, double beta) {
    return study(feature, beta, spec.respacing());
  }

  /** The same with other steps. */
  StudySpec study(int feature, double beta, String respacing) {
    return StudySpec.of(
        bundle, CompareSpec.unit(feature), beta, null, null, respacing, spec.count(), spec.seed());
  }

  /** The study that finds the tilt of a feature, and draws its images. */
  StudySpec calibration(int feature) {
    return StudySpec.of(
        bundle,
        CompareSpec.unit(feature),
        null,
        spec.target(),
        spec.pilots(),
        spec.respacing(),
        spec.count(),
        spec.seed());
  }

  /** Draws the images of a study in a folder of its own, or returns what was drawn before. */
  StudyResult.UnitResult drawn(int feature, StudySpec study, Models models, Progress.Task task)
      throws IOException {
    String where = folderOf(feature, study.guidance() + "-study", Json.write(study) + hashes);
    Study.Run run = new Study.Run(Compare.COMMAND, study, execution, hashes, System.nanoTime());
    return Study.draw(run, models, folder.resolve(where), task).within(where).results().get(0);
  }

  /** The spec's settings of one method, without its name. */
  Map<String, String> settings(CompareMethod method) {
    String prefix = method.key() + ".";
    return spec.settings().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .collect(
            Collectors.toMap(
                entry -> entry.getKey().substring(prefix.length()), Map.Entry::getValue));
  }

  /** All that decides the images and numbers of one method on one feature. */
  String identity(int feature, CompareMethod method) {
    Map<String, Object> identity = new LinkedHashMap<>();
    identity.put("tiltlens", Version.NUMBER);
    identity.put("models", hashes);
    identity.put("bundle", spec.bundle());
    identity.put("device", execution.device());
    identity.put("threads_per_image", execution.threadsPerImage());
    identity.put("feature", feature);
    identity.put("method", method);
    identity.put("count", spec.count());
    identity.put("target", spec.target());
    identity.put("respacing", spec.respacing());
    identity.put("settings", settings(method));
    identity.put("network", spec.network());
    identity.put("reference", spec.reference());
    identity.put("seed", spec.seed());
    if (method == CompareMethod.TILT) {
      identity.put("pilots", spec.pilots());
    }
    if (method == CompareMethod.TWISTED) {
      identity.put("particles", spec.particles());
    }
    return Json.write(identity);
  }

  /** The folder, below the comparison's, of what an identity describes. */
  String folderOf(int feature, String name, String identity) {
    return "feature-" + feature + "/" + name + "-" + Sha256.of(identity).substring(0, HASH_DIGITS);
  }
}
