package org.tiltlens.spark;

import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.nio.file.FileVisitOption;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.apache.spark.SparkContext;
import org.apache.spark.SparkFiles;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.models.Named;

/**
 * Model files that travel to each executor once, as an archive that Spark unpacks there.
 *
 * @param folder what it is unpacked as
 */
record ShippedModels(String folder) implements Serializable {
  private static final String EMBEDDED = "embedded:";
  private static final String VISION = "vision";
  private static final String DICTIONARY = "dictionary";

  /** Settings beside a file of weights are small. */
  private static final long MOST_SETTINGS = 16L << 20;

  /** Sends the files of a harvest, but for those that every executor has in the bundle's jar. */
  static ShippedModels send(SparkContext context, HarvestSpec spec) throws IOException {
    String folder = "tiltlens-models";
    Path zip = Files.createTempFile(folder, ".zip");
    zip.toFile().deleteOnExit();
    try (OutputStream out = Files.newOutputStream(zip);
        ZipOutputStream archive = new ZipOutputStream(out)) {
      archive.setLevel(0); // weights do not shrink
      add(archive, VISION, spec.vision());
      add(archive, DICTIONARY, spec.dictionary());
    }
    context.addArchive(zip.toUri() + "#" + folder);
    return new ShippedModels(folder);
  }

  private static void add(ZipOutputStream archive, String as, String name) throws IOException {
    if (name.startsWith(EMBEDDED)) {
      return;
    }
    Path path = Named.resolve(name).toAbsolutePath().normalize();
    for (Path file : files(path)) {
      String inside = path.getParent().relativize(file).toString().replace('\\', '/');
      archive.putNextEntry(new ZipEntry(as + "/" + inside));
      Files.copy(file, archive);
      archive.closeEntry();
    }
  }

  /** A folder's files, or a file with the settings beside it. */
  private static List<Path> files(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      try (Stream<Path> walk = Files.walk(path, FileVisitOption.FOLLOW_LINKS)) {
        return walk.filter(Files::isRegularFile).sorted().toList();
      }
    }
    List<Path> files = new ArrayList<>();
    try (Stream<Path> beside = Files.list(path.getParent())) {
      for (Path each : beside.sorted().toList()) {
        boolean settings = each.toString().endsWith(".json") && Files.size(each) <= MOST_SETTINGS;
        if (each.equals(path) || settings) {
          files.add(each);
        }
      }
    }
    return files;
  }

  /** The same harvest with the models where they are on this executor. */
  HarvestSpec here(HarvestSpec spec) {
    return spec.withModels(here(VISION, spec.vision()), here(DICTIONARY, spec.dictionary()));
  }

  private String here(String as, String name) {
    if (name.startsWith(EMBEDDED)) {
      return name;
    }
    String own = Path.of(name).toAbsolutePath().normalize().getFileName().toString();
    return Path.of(SparkFiles.get(folder), as, own).toString();
  }
}
