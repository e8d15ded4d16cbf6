package org.tiltlens.server;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.tiltlens.run.Json;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;

/**
 * Folders of jobs: what they hold is all that a studio knows of jobs when it starts.
 *
 * @param root where they are
 */
record JobFolders(Path root) {
  private static final String FILE = "job.json";

  /** What else lies among them is nobody's job. */
  private static final Pattern NAME =
      Pattern.compile("(?:" + String.join("|", JobRequest.COMMANDS) + ")-[A-Za-z0-9-]{1,130}");

  /** Those of a studio's folder. */
  static JobFolders in(Path studio) {
    return new JobFolders(studio.resolve("jobs"));
  }

  /** The folder of a job, which need not be there. */
  Path of(String job) {
    return root.resolve(job);
  }

  /** Names of all folders that are called as jobs are. */
  List<String> names() throws IOException {
    if (!Files.isDirectory(root)) {
      return List.of();
    }
    List<String> names = new ArrayList<>();
    try (Stream<Path> inside = Files.list(root)) {
      for (Path folder : inside.toList()) {
        String name = folder.getFileName().toString();
        if (NAME.matcher(name).matches() && Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
          names.add(name);
        }
      }
    }
    return names;
  }

  /** What a job was asked to do; empty if there is no such job, or its file is damaged. */
  Optional<JobFile> read(String job) throws IOException {
    // First of all: of other names not all are even a path's.
    if (!NAME.matcher(job).matches()) {
      return Optional.empty();
    }
    Path file = of(job).resolve(FILE);
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      return Optional.empty();
    }
    try {
      return Optional.of(Json.read(file, null, JobFile.class));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  void write(String job, JobFile file) throws IOException {
    Files.createDirectories(of(job));
    WholeFile.writeText(of(job).resolve(FILE), Json.write(file) + "\n");
  }

  boolean isFinished(String job) {
    return RunFolder.isFinished(of(job));
  }

  /** Where a finished job says what it found. */
  Path result(String job) {
    return of(job).resolve(RunFolder.RUN_JSON);
  }

  void delete(String job) throws IOException {
    WholeFile.deleteTree(of(job));
  }

  /**
   * A file of a job's result.
   *
   * @param name by its path in the folder; of the form that {@link Route} asks for, which starts no
   *     name with a dot
   * @throws Refused if there is none, or it is a link out of the folder
   */
  Path file(String job, String name) throws IOException {
    Path file = of(job).resolve(name);
    if (!Files.isRegularFile(file)) {
      throw Refused.missing("this file");
    }
    if (!file.toRealPath().startsWith(root.toRealPath().resolve(job))) {
      throw Refused.missing("this file");
    }
    return file;
  }
}
