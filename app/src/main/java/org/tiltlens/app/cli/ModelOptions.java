package org.tiltlens.app.cli;

import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.Preset;
import org.tiltlens.pool.PoolSpec;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Which models, common to the commands that use all of them. */
final class ModelOptions {
  @Mixin private BundleOption bundle;
  @Mixin private VisionOptions vision;

  @Mixin private PriorOptions prior;
  @Mixin private PromptOptions prompt;

  @Option(
      names = "--harvest",
      paramLabel = "FILE",
      description =
          "What the dictionary's features do on a corpus: a table written by tiltlens harvest. For"
              + " levels to aim at and the percentiles reached. Default: the bundle's, or none with"
              + " --vision.")
  private String harvest;

  /**
   * The bundle to use; none if single models are given.
   *
   * @throws IllegalArgumentException if there are options of models that are not given
   */
  Optional<Bundle> bundle() throws IOException {
    return bundle.bundle(anyGiven()).map(prompt::tell);
  }

  /** The same by a name that holds wherever it is read later. */
  Optional<Bundle> absoluteBundle() throws IOException {
    return bundle.absolute(anyGiven()).map(prompt::tell);
  }

  private boolean anyGiven() {
    return vision.anyGiven() || prior.prior() != null || harvest != null;
  }

  /** Whether a harvested table is given. */
  boolean harvestGiven() {
    return harvest != null;
  }

  /**
   * The models that are given one by one.
   *
   * @param pool whose prior is meant where none is given
   */
  ModelFiles files(Preset preset, Optional<PoolSpec> pool) {
    Map<String, String> options = new LinkedHashMap<>(preset.priorOptions());
    options.putAll(prior.options());
    if (prior.prior() == null) {
      pool.map(PoolSpec::priorOptions).ifPresent(options::putAll);
    }
    String name = prior.prior() == null ? pool.map(PoolSpec::prior).orElse(null) : prior.prior();
    VisionOptions.Files given = vision.files();
    boolean placeless =
        given.hook() == null
            && given.dictionary() == null
            && !ModelFiles.isTorchScript(given.vision());
    return new ModelFiles(
        given.vision(),
        given.options(),
        placeless ? preset.hook() : given.hook(),
        given.dictionary(),
        name,
        prompt.with(name, options),
        harvest);
  }
}
