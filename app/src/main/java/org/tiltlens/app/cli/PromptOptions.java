package org.tiltlens.app.cli;

import java.util.LinkedHashMap;
import java.util.Map;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.Prompt;
import org.tiltlens.run.SpecException;
import picocli.CommandLine.Option;

/** What a prior is told that is told a text, common to the commands that open one. */
final class PromptOptions {
  @Option(
      names = "--prompt",
      paramLabel = "TEXT",
      description =
          "What the images are of, for a prior that is told a text (Stable Diffusion): p is then"
              + " p(x | prompt). Default: the empty prompt.")
  private String prompt;

  @Option(
      names = "--negative",
      paramLabel = "TEXT",
      description =
          "What classifier-free guidance leads away from, with a --cfg. Default: the empty prompt.")
  private String negative;

  @Option(
      names = "--cfg",
      paramLabel = "SCALE",
      description =
          "Scale of classifier-free guidance by the prompt, or by the class that the prior's option"
              + " label says: beyond 1 it makes p sharper than p(x | prompt), at two passes of the"
              + " network a step. Default: 1, p(x | prompt) itself.")
  private Double cfg;

  /**
   * A prior's options with what it is told; of one that is told a text, also by saying nothing.
   *
   * @param options as given beside these
   */
  Map<String, String> with(String prior, Map<String, String> options) {
    Map<String, String> told = told();
    told.forEach(
        (name, value) -> {
          if (!options.getOrDefault(name, value).equals(value)) {
            String field = name.equals(Prompt.SCALE) ? "cfg" : name;
            throw new SpecException(
                "the pool's prior, or {priorOption}, was told %s=%s, not {"
                    + field
                    + "} %s: leave one out, or"
                    + " draw a pool of its own",
                name,
                options.get(name),
                value);
          }
        });
    return with(prior, options, told);
  }

  private static Map<String, String> with(
      String prior, Map<String, String> options, Map<String, String> told) {
    Map<String, String> all = new LinkedHashMap<>(options);
    all.putAll(told);
    return prior == null ? all : Prompt.completed(prior, all);
  }

  private Map<String, String> told() {
    Map<String, String> told = new LinkedHashMap<>();
    put(told, Prompt.TEXT, prompt);
    put(told, Prompt.NEGATIVE, negative);
    put(told, Prompt.SCALE, cfg == null ? null : Double.toString(cfg).replaceFirst("\\.0$", ""));
    return told;
  }

  private static void put(Map<String, String> options, String name, String value) {
    if (value != null) {
      options.put(name, value);
    }
  }

  /** A bundle whose prior is told it, and is drawn from as it was trained. */
  Bundle tell(Bundle bundle) {
    bundle.requireSchedule();
    Map<String, String> all =
        with(bundle.models().prior(), bundle.manifest().priorOptions(), told());
    Map<String, String> told = all.containsKey(Prompt.TEXT) ? all : told();
    told.keySet().retainAll(Prompt.NAMES);
    return bundle.telling(told);
  }
}
