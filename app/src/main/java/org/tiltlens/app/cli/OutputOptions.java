package org.tiltlens.app.cli;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import org.tiltlens.run.Json;
import org.tiltlens.run.RunFolder;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Where a result goes and how it is told. */
final class OutputOptions implements HowToGoOn {
  @Option(
      names = "--out",
      paramLabel = "DIR",
      description =
          "Folder of the result; name it again to finish a killed run. Default: a folder in"
              + " tiltlens-out that is the same for the same settings.")
  private Path out;

  @Option(names = "--json", description = "Print run.json instead of a table.")
  private boolean json;

  /** That it is mixed into. */
  @Spec(Spec.Target.MIXEE)
  private CommandSpec owner;

  private Path folder;
  private FileTime before;

  /** As given, or the usual one; says where an unfinished run is there, which is gone on with. */
  Path folder(Path usual) throws IOException {
    folder = out == null ? usual : out;
    before = written();
    if (RunFolder.isBegun(folder, owner.name())) {
      // Where progress goes, which it is about.
      System.err.println(
          "tiltlens: note: a run was begun in '" + folder + "': the same settings go on with it");
    }
    return folder;
  }

  @Override
  public String howToGoOn() {
    return Stopped.inFolder(folder);
  }

  /** Prints a result, as it is or as people read it, and whether it was there before. */
  void print(CommandSpec command, Object result, String table) {
    PrintWriter to = command.commandLine().getOut();
    to.println(json ? Json.write(result) : table);
    if (!json && before != null && before.equals(written())) {
      to.println("This run was there already; for another, give another --out.");
    }
    to.flush();
  }

  /** When the folder's result was written; null if there is none. */
  private FileTime written() {
    try {
      return Files.getLastModifiedTime(folder.resolve(RunFolder.RUN_JSON));
    } catch (IOException e) {
      return null;
    }
  }
}
