package org.tiltlens.study;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * Which models a run uses, as the user named them: paths, or {@code embedded:PATH} in the bundle
 * that comes with Tiltlens.
 *
 * @param vision file or folder of the vision model
 * @param visionOptions what a TorchScript network's file cannot tell, such as {@code size -> 224};
 *     see {@link org.tiltlens.vision.NetworkSettings}
 * @param hook where it is read; {@code null} for the dictionary's own hook point, or the only one
 *     of a TorchScript network
 * @param dictionary folder of the sparse dictionary; {@code null} if the unit needs none
 * @param prior file of the diffusion model
 * @param priorOptions guided-diffusion's names -> values for what the prior's file cannot tell,
 *     such as {@code num_head_channels -> 64}
 * @param harvest table of what the dictionary's features do on a corpus; {@code null} if there is
 *     none
 */
public record ModelFiles(
    String vision,
    Map<String, String> visionOptions,
    String hook,
    String dictionary,
    String prior,
    Map<String, String> priorOptions,
    String harvest) {
  public ModelFiles {
    if (vision == null) {
      throw new IllegalArgumentException("no vision model: give --vision FILE|DIR");
    }
    if (prior == null) {
      throw new IllegalArgumentException("no diffusion prior: give --prior FILE|DIR");
    }
    visionOptions = visionOptions == null ? Map.of() : Map.copyOf(visionOptions);
    priorOptions = priorOptions == null ? Map.of() : Map.copyOf(priorOptions);
  }

  /**
   * Whether a vision model is a TorchScript network, whose only hook point goes without saying.
   *
   * @param vision its name; null if there is none
   */
  public static boolean isTorchScript(String vision) {
    return vision != null && VisionFile.isTorchScript(vision);
  }

  /** Bytes of the prior's file, or of all files in its folder; 0 if there is none. */
  long priorBytes() {
    Path path = Named.resolve(prior);
    if (!Files.isDirectory(path)) {
      return path.toFile().length();
    }
    try (Stream<Path> inside = Files.list(path)) {
      return inside.filter(Files::isRegularFile).mapToLong(file -> file.toFile().length()).sum();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The files and folders to read. */
  List<String> names() {
    Stream<String> others = Stream.of(dictionary, prior, harvest).filter(Objects::nonNull);
    return Stream.concat(VisionFile.names(vision).stream(), others).toList();
  }
}
