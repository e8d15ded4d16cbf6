package org.tiltlens.server;

import java.util.List;
import org.tiltlens.compare.Method;
import org.tiltlens.models.Bundle;
import org.tiltlens.page.Quantity;

/**
 * The page that says what the words mean.
 *
 * @param pool what to do without a pool; null with one
 */
record HelpView(BundleView bundle, PoolAdvice pool) {
  static HelpView of(Catalogue catalogue) {
    Bundle bundle = catalogue.bundle();
    return new HelpView(BundleView.of(catalogue), PoolAdvice.of(bundle).orElse(null));
  }

  /** Numbers that pages show, by the names that they show them under. */
  static List<Quantity> quantities() {
    return List.of(
        Quantity.SCORE,
        Quantity.PERCENTILE,
        Quantity.FREQUENCY,
        Quantity.KL,
        Quantity.LOG_Z,
        Quantity.PATH_KL,
        Quantity.BETA,
        Quantity.EFFECTIVE_PATHS,
        Quantity.STANDARD_ERROR,
        Quantity.HEAT);
  }

  static List<Method> methods() {
    return CompareView.METHODS;
  }
}
