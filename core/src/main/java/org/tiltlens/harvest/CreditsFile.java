package org.tiltlens.harvest;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.BundleManifest;
import org.tiltlens.page.Pages;
import org.tiltlens.run.WholeFile;

/**
 * Whose works the images of a bundle's corpus are, as a page beside those that show them.
 *
 * <p>The bundle's {@code credits} is a table: after a line with the names of its columns, a line
 * for each image with its name in the corpus, source, licence and credit, and tabs between.
 */
public final class CreditsFile {
  /** The page's name. */
  public static final String NAME = "credits.html";

  private static final String COLUMNS = "file\tsource\tlicence\tcredit";
  private static final long MAX_BYTES = 64L << 20;

  private CreditsFile() {}

  /**
   * Writes the page, whole or not at all.
   *
   * @param file of the usual name, in the folder of the pages that name it
   * @return its name; null if the bundle credits nobody, and there is no page
   * @throws IllegalArgumentException if the bundle's file is no such table
   * @throws IOException if a file cannot be read or written
   */
  public static String write(Bundle bundle, Path file) throws IOException {
    if (bundle.manifest().credits() == null) {
      return null;
    }
    WholeFile.writeText(file, html(bundle));
    return NAME;
  }

  /**
   * The page of a bundle that credits its images.
   *
   * @throws IllegalArgumentException if its file is no such table
   * @throws IOException if that cannot be read
   */
  public static String html(Bundle bundle) throws IOException {
    BundleManifest manifest = bundle.manifest();
    List<Credit> credits = read(bundle.path(manifest.credits()));
    return Pages.html(
        "harvest/credits.jte", CreditsPage.of(manifest.name(), manifest.dataLicence(), credits));
  }

  static List<Credit> read(Path file) throws IOException {
    if (Files.size(file) > MAX_BYTES) {
      throw new IllegalArgumentException(
          "'%s' has %d bytes, expected a table of credits of at most %d"
              .formatted(file, Files.size(file), MAX_BYTES));
    }
    List<String> lines = Files.readAllLines(file);
    if (lines.isEmpty() || !lines.get(0).equals(COLUMNS)) {
      throw new IllegalArgumentException(
          "'%s' is no table of credits: expected a first line '%s' with tabs between"
              .formatted(file, COLUMNS.replace('\t', ' ')));
    }
    List<Credit> credits = new ArrayList<>();
    for (int i = 1; i < lines.size(); i++) {
      String[] parts = lines.get(i).split("\t", -1);
      if (parts.length != 4) {
        throw new IllegalArgumentException(
            "'%s' line %d has %d columns, expected file, source, licence and credit"
                .formatted(file, i + 1, parts.length));
      }
      credits.add(new Credit(parts[0], parts[1], parts[2], parts[3]));
    }
    return List.copyOf(credits);
  }
}
