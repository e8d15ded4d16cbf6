package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Path;
import org.tiltlens.run.Json;
import org.tiltlens.run.WholeFile;

/** What was measured of a trained network; written as {@code training.json}. */
public sealed interface TrainingReport
    permits PriorReport, VisionReport, DictionaryReport, AutoencoderReport {
  /** Steps made, those before a resume included. */
  long steps();

  /** Seconds spent on them. */
  double seconds();

  /** The report in one line for people. */
  String summary();

  /** The report as indented JSON, names in snake case. */
  default String json() {
    return Json.write(this);
  }

  /** Writes {@link #json} whole or not at all. */
  default void write(Path file) throws IOException {
    WholeFile.writeText(file, json() + "\n");
  }
}
