package org.tiltlens.demo;

import java.util.List;
import org.tiltlens.tilting.Pilots;

/**
 * What a demo is to show: everything that decides its pictures.
 *
 * @param bundle where the models are from, {@code embedded:} or a folder and a slash
 * @param features how many features, at least 1
 * @param count images of each feature at each target, at least 1
 * @param percentiles corpus percentiles that the mean scores aim at, each a tilt of its own
 * @param pilots short runs that find the beta of each target; null to take the corpus' betas
 * @param unguided images of the prior itself, to compare with, at least 1
 * @param respacing sampling steps, such as {@code 50}
 * @param seed seed of the choice of features and of all noise
 */
public record DemoSpec(
    String bundle,
    int features,
    int count,
    List<Double> percentiles,
    Pilots pilots,
    int unguided,
    String respacing,
    long seed) {
  public DemoSpec {
    percentiles = List.copyOf(percentiles);
    if (features < 1 || count < 1 || unguided < 1 || percentiles.isEmpty()) {
      throw new IllegalArgumentException(
          "a demo of %d features, %d images each, %d of the prior and %d targets: each must be at least 1"
              .formatted(features, count, unguided, percentiles.size()));
    }
  }
}
