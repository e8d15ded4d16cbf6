package org.tiltlens.server;

import java.util.List;
import org.tiltlens.page.Quantity;

/**
 * The page of the map.
 *
 * @param query which features stand out
 * @param chosen how many these are
 */
record MapView(BundleView bundle, FeatureQuery query, int chosen, double shareX, double shareY) {

  /** The same features as a list. */
  String list() {
    return "/?" + query.address();
  }

  /** Where the points are. */
  String points() {
    return Api.ROOT + "/map?" + query.address();
  }

  /** What the form offers. */
  FeaturesView form() {
    return new FeaturesView(bundle, new FeaturePage(chosen, 0, List.of()), query);
  }

  static String share(double share) {
    return Quantity.FREQUENCY.text(share);
  }
}
