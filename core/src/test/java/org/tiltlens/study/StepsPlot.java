package org.tiltlens.study;

import java.nio.file.Path;

final class StepsPlot {
  static void show(Path folder) {}
}
