package org.tiltlens.app.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.tiltlens.run.Json;
import org.tiltlens.run.RunFolder;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;

/**
 * A run that is drawn again, and whether that gave the same bits.
 *
 * @param runJson what the first one wrote
 */
record Repetition(Path runJson) {
  /** The run that a file or its folder names. */
  static Repetition of(Path named) {
    return new Repetition(Files.isDirectory(named) ? named.resolve(RunFolder.RUN_JSON) : named);
  }

  StudySpec spec() throws IOException {
    return Json.read(runJson, "spec", StudySpec.class);
  }

  /** One line, to be read under the table of the second. */
  String compared(StudyResult again, Path folder) throws IOException {
    Path first = runJson.toAbsolutePath().getParent();
    if (Files.exists(folder) && Files.isSameFile(first, folder)) {
      return "This is that run itself, not drawn again: to draw it again give another --out.";
    }
    StudyResult before = Json.read(runJson, null, StudyResult.class);
    List<String> missing = new ArrayList<>();
    List<String> different = new ArrayList<>();
    int same = 0;
    for (String file : files(before)) {
      if (!Files.exists(first.resolve(file))) {
        missing.add(file);
      } else if (Files.exists(folder.resolve(file))
          && Files.mismatch(first.resolve(file), folder.resolve(file)) < 0) {
        same++;
      } else {
        different.add(file);
      }
    }
    String models =
        new TreeSet<>(before.modelSha256().values())
                .equals(new TreeSet<>(again.modelSha256().values()))
            ? ""
            : "; the models' files are not those of then (SHA-256 in run.json)";
    String gone =
        missing.isEmpty() ? "" : "; " + missing.size() + " of its files are gone from there";
    if (different.isEmpty()) {
      return same == 0
          ? "Nothing to compare: '%s' has none of the run's images%s".formatted(first, models)
          : "The same bits as '%s': %d files of images are equal%s%s"
              .formatted(first, same, gone, models);
    }
    return "Not the same bits as '%s': %d of %d files differ, such as %s%s%s"
        .formatted(
            first,
            different.size(),
            different.size() + same,
            different.get(0),
            models.isEmpty() ? otherwise(before, again) : models,
            gone);
  }

  private static List<String> files(StudyResult run) {
    List<String> files = new ArrayList<>();
    for (StudyResult.UnitResult unit : run.results()) {
      for (StudyResult.ImageResult image : unit.images()) {
        files.add(image.file());
        files.add(image.tensor());
      }
    }
    return files;
  }

  /** Why equal models may give others. */
  private static String otherwise(StudyResult before, StudyResult again) {
    return before.tiltlens().equals(again.tiltlens())
            && before.execution().device().equals(again.execution().device())
            && before.execution().threadsPerImage() == again.execution().threadsPerImage()
        ? "; another kind of processor rounds differently"
        : "; it was drawn by Tiltlens %s on %s with %d threads an image"
            .formatted(
                before.tiltlens(),
                before.execution().device(),
                before.execution().threadsPerImage());
  }
}
