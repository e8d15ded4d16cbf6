package org.tiltlens.golden;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.torch.Tensors;

/** Where the reference numbers are, and what "agrees with them" means. */
public final class Goldens {
  /** Tolerance of values: |a - b| <= TOLERANCE + TOLERANCE |b|. */
  public static final double TOLERANCE = 1e-4;

  /** Tolerance of gradients and of whole trajectories. */
  public static final double LOOSE = 1e-3;

  private Goldens() {}

  /**
   * The folder: {@code TILTLENS_GOLDENS}, relative to the project's root, or the one that comes
   * with the sources.
   */
  public static Path folder() {
    // Maven runs tests in the module's folder, tools run in the project's.
    Path project = Files.isDirectory(Path.of("src/test")) ? Path.of("..") : Path.of(".");
    String other = System.getenv("TILTLENS_GOLDENS");
    boolean own = other == null || other.isBlank();
    return project.resolve(own ? "core/src/test/resources/goldens" : other);
  }

  public static Path file(String name) {
    return folder().resolve(name);
  }

  public static TensorStore open(String name) {
    return Checkpoints.open(file(name));
  }

  public static void assertClose(Tensor actual, Tensor expected, double tolerance, String what) {
    assertThat(Tensors.shape(actual)).as(what + " shape").isEqualTo(Tensors.shape(expected));
    double[] a = Tensors.toDoubles(actual);
    double[] b = Tensors.toDoubles(expected);
    for (int i = 0; i < a.length; i++) {
      // "not within" rather than "beyond": a NaN must fail.
      if (!(Math.abs(a[i] - b[i]) <= tolerance + tolerance * Math.abs(b[i]))) {
        throw new AssertionError(
            what + "[" + i + "] = " + a[i] + ", expected " + b[i] + " within " + tolerance);
      }
    }
  }
}
