package org.tiltlens.spark;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A Spark distribution of the jars that Maven resolved, as local-cluster wants it. */
final class SparkHome {
  private static final Path TARGET = Path.of("target").toAbsolutePath();

  private SparkHome() {}

  /** Its folder, which the build gives to tests as {@code SPARK_HOME}. */
  static Path make() throws IOException {
    Path home = TARGET.resolve("spark-home");
    Path jars = Files.createDirectories(home.resolve("jars"));
    String all = Files.readString(TARGET.resolve("spark-classpath"));
    for (String jar : all.strip().split(":", -1)) {
      Path link = jars.resolve(Path.of(jar).getFileName());
      if (!Files.exists(link)) {
        Files.createSymbolicLink(link, Path.of(jar));
      }
    }
    return home;
  }
}
