package org.tiltlens.models;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import org.tiltlens.run.SpecException;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.MemoryBound;

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
 * @param prior file or folder of the diffusion model
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
  /** More of small images hardly make a card faster. */
  private static final int MOST_ON_CARD = 128;

  public ModelFiles {
    if (vision == null) {
      throw new SpecException("no vision model: give {vision}, a file or folder");
    }
    if (prior == null) {
      throw new SpecException("no diffusion prior: give {prior}, a file or folder");
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

  /** Bytes of a prior's file, or of all model files in its folder; 0 if there is none. */
  static long bytes(String prior) {
    Path path = Named.resolve(prior);
    if (!Files.isDirectory(path)) {
      return path.toFile().length();
    }
    return ModelFolder.files(path).stream().mapToLong(file -> file.toFile().length()).sum();
  }

  /**
   * How many images can be under way at the same time without running out of memory: one per thread
   * for small priors, one in all for a prior of the published size on a machine of 24 GB. A prior
   * that does not exist counts as empty, and is reported when it is opened.
   *
   * <p>A rule of thumb, not a measurement of the models at hand: an image's graph takes about three
   * times the prior's file or folder (estimated: 5 GB beside a file of 2.2 GB, the unconditional
   * ADM at 256 x 256; on a card 5.6 GB were seen), and 70 % of the memory may be used.
   */
  public int usualBatch(int threads) {
    return usualBatch(prior, threads);
  }

  /** The same of a prior by itself. */
  public static int usualBatch(String prior, int threads) {
    long bytes = bytes(prior);
    double room = MemoryBound.machineBytes() * 0.7 - 2.5 * bytes;
    return bytes == 0 ? threads : (int) Math.max(1, Math.min(threads, room / (3.0 * bytes)));
  }

  /**
   * How many images go together on a device: on the processor as many as {@link #usualBatch(String,
   * int)} says, on a card as many as its free memory holds by the same rule, of which 90 % may be
   * used. A power of two, so that a little less memory changes nothing.
   *
   * @param prior its name
   * @param threads of the processor
   */
  public static int usualBatch(String prior, Device device, int threads) {
    OptionalLong free = device.freeBytes();
    return free.isEmpty() ? usualBatch(prior, threads) : onCard(bytes(prior), free.getAsLong());
  }

  static int onCard(long bytes, long free) {
    double fitting = bytes == 0 ? MOST_ON_CARD : (free * 0.9 - 2.5 * bytes) / (3.0 * bytes);
    return Integer.highestOneBit((int) Math.max(1, Math.min(MOST_ON_CARD, fitting)));
  }

  /** The files and folders to read. */
  public List<String> names() {
    Stream<String> others =
        Stream.of(
                Stream.ofNullable(dictionary),
                PriorFile.names(prior, priorOptions).stream(),
                Stream.ofNullable(harvest))
            .flatMap(names -> names);
    return Stream.concat(VisionFile.names(vision).stream(), others).toList();
  }
}
