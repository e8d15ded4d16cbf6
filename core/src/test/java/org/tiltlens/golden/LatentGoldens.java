package org.tiltlens.golden;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Tensors;

/** Where the reference numbers of latent diffusion and of text encoders are. */
public final class LatentGoldens {
  private LatentGoldens() {}

  /**
   * The folder: {@code TILTLENS_GOLDENS_LATENT}, relative to the project's root, or the one that
   * comes with the sources.
   */
  public static Path folder() {
    Path project = Files.isDirectory(Path.of("src/test")) ? Path.of("..") : Path.of(".");
    String other = System.getenv("TILTLENS_GOLDENS_LATENT");
    boolean own = other == null || other.isBlank();
    return project.resolve(own ? "core/src/test/resources/goldens-latent" : other);
  }

  public static Path file(String name) {
    return folder().resolve(name);
  }

  public static TensorStore open(String name) {
    return Checkpoints.open(file(name));
  }

  /** What a file says of itself. */
  public static String say(TensorStore store, String key) {
    String value = store.metadata().get(key);
    if (value == null) {
      throw new IllegalStateException(store.source() + " says no " + key);
    }
    return value;
  }

  public static int integer(TensorStore store, String key) {
    return Integer.parseInt(say(store, key));
  }

  /** Class labels or other whole numbers. */
  public static int[] integers(TensorStore store, String name) {
    return Arrays.stream(Tensors.toLongs(store.load(name))).mapToInt(Math::toIntExact).toArray();
  }
}
