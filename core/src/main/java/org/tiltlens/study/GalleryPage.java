package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Path;

/** stub */
final class GalleryPage {
  private GalleryPage() {}

  static void write(Path folder, DemoResult result) throws IOException {}
}
