package org.tiltlens.app.cli;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** The small networks of core's tests, as a command is given them. */
final class GoldenModels {
  static final Path FOLDER = Path.of("../core/src/test/resources/goldens");

  private GoldenModels() {}

  /** As options, of copies in another folder too. */
  static List<String> in(Path folder) {
    return List.of(
        "--vision",
        folder.resolve("dinov3_convnext_hf").toString(),
        "--dictionary",
        folder.resolve("cnnsae").toString(),
        "--prior",
        folder.resolve("adm_unet.pt").toString(),
        "--prior-option",
        "image_size=32",
        "--prior-option",
        "num_head_channels=16");
  }

  /** A command line of {@code visualize}, by plug-in guidance where nothing else is said. */
  static List<String> visualize(String... more) {
    List<String> arguments = new ArrayList<>();
    arguments.add("visualize");
    arguments.addAll(in(FOLDER));
    List<String> given = List.of(more);
    if (!given.contains("--guidance") && !given.contains("--preset")) {
      // Exact samples begin with a pool, which takes longer.
      arguments.addAll(List.of("--guidance", "tilt"));
    }
    arguments.addAll(given);
    return arguments;
  }
}
