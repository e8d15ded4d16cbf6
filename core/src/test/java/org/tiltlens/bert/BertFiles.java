package org.tiltlens.bert;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Where the tiny BERT and its reference numbers are; {@code make_bert.py} beside them made them.
 */
public final class BertFiles {
  private BertFiles() {}

  /** The folder of a tiny random BERT. */
  public static Path folder() {
    Path project = Files.isDirectory(Path.of("src/test")) ? Path.of("..") : Path.of(".");
    return project.resolve("core/src/test/resources/bert");
  }
}
