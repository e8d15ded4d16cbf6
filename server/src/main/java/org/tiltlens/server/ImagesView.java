package org.tiltlens.server;

import java.util.List;

/**
 * The page that takes images in.
 *
 * @param corpus images of the corpus
 * @param kept names of those that were sent, the last first
 */
record ImagesView(BundleView bundle, int corpus, List<String> kept) {
  ImagesView {
    kept = List.copyOf(kept);
  }
}
