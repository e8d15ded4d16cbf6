package org.tiltlens.server;

import org.tiltlens.page.Quantity;

/**
 * The page of the map.
 *
 * @param form which features stand out
 */
record MapView(FeaturesView form, double shareX, double shareY) {

  /** The same features as a list. */
  String list() {
    return "/?" + form.query().address();
  }

  /** Where the points are. */
  String points() {
    return Api.ROOT + "/map?" + form.query().address();
  }

  static String share(double share) {
    return Quantity.FREQUENCY.text(share);
  }
}
