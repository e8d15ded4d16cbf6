package org.tiltlens.run;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tiltlens.torch.Precision;

/**
 * All that decides the bits of what a run finds, as one text: two runs with the same text find the
 * same.
 *
 * <p>The one rule for all commands. On the CPU each image is computed by itself, so that the
 * threads of an operation matter and the batch does not; on a GPU it is the other way round; how
 * many threads there are in all never matters. See {@link Execution}.
 */
public final class RunIdentity {
  private RunIdentity() {}

  /**
   * The identity of a run of this release.
   *
   * @param command its command
   * @param spec what was asked for, written as JSON
   * @param hashes all files that decide the result, by their names -> SHA-256
   * @param corpus fingerprint of the images it looks at; null if it looks at none
   * @param execution how it is computed
   */
  public static String of(
      String command, Object spec, Map<String, String> hashes, String corpus, Execution execution) {
    return of(Version.NUMBER, command, spec, hashes, corpus, execution);
  }

  /**
   * The same for a run of any release.
   *
   * @param release the release that made it
   */
  public static String of(
      String release,
      String command,
      Object spec,
      Map<String, String> hashes,
      String corpus,
      Execution execution) {
    Map<String, Object> identity = new LinkedHashMap<>();
    identity.put("tiltlens", release);
    identity.put("command", command);
    identity.put("spec", spec);
    identity.put("files", hashes);
    identity.put("corpus", corpus);
    identity.put("device", execution.device());
    if (execution.device().equals("cpu")) {
      identity.put("threads_per_image", execution.threadsPerImage());
    } else {
      identity.put("batch", execution.batch());
    }
    if (!execution.precision().equals(Precision.FP32.toString())) {
      identity.put("precision", execution.precision());
    }
    return Json.write(identity);
  }
}
