package org.tiltlens.app.cli;

import java.util.Map;
import org.tiltlens.models.VisionFile;
import picocli.CommandLine.Option;

/** Which of several networks in a file of {@code --vision} is meant. */
final class VisionPartOption {
  @Option(
      names = "--vision-part",
      paramLabel = "PREFIX",
      description =
          "Which of several networks in the file, by what stands before its tensors' names, such as"
              + " teacher.backbone.; tiltlens inspect lists them. Default: the teacher, or the"
              + " moving average (EMA).")
  private String part;

  boolean isGiven() {
    return part != null;
  }

  /** As options of a vision network. */
  Map<String, String> how() {
    return part == null ? Map.of() : Map.of(VisionFile.PART, part);
  }
}
