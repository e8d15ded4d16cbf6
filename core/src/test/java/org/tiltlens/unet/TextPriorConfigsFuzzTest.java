package org.tiltlens.unet;

import com.code_intelligence.jazzer.junit.FuzzTest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.DType;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.fixture.FuzzedBytes;
import org.tiltlens.fixture.StableDiffusionFiles;
import org.tiltlens.fixture.StableDiffusionSizes;

/**
 * Runs the seeds as regression tests; searches for new ones with
 *
 * <pre>{@code
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=TextPriorConfigsFuzzTest#readsIndexesOrRefuses
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=TextPriorConfigsFuzzTest#readsNetworksOrRefuses
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=TextPriorConfigsFuzzTest#readsAutoencodersOrRefuses
 * JAZZER_FUZZ=1 ./mvnw -pl core test -Dtest=TextPriorConfigsFuzzTest#readsSchedulersOrRefuses
 * }</pre>
 */
@Tag("fuzz")
class TextPriorConfigsFuzzTest {
  @FuzzTest(maxDuration = "10m")
  void readsIndexesOrRefuses(byte[] bytes) {
    readsOrRefuses("model_index.json", bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void readsNetworksOrRefuses(byte[] bytes) {
    readsOrRefuses("unet/config.json", bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void readsAutoencodersOrRefuses(byte[] bytes) {
    readsOrRefuses("vae/config.json", bytes);
  }

  @FuzzTest(maxDuration = "10m")
  void readsSchedulersOrRefuses(byte[] bytes) {
    readsOrRefuses("scheduler/scheduler_config.json", bytes);
  }

  /** One file of a whole pipeline. */
  private static void readsOrRefuses(String name, byte[] bytes) {
    Path file = Holder.FOLDER.resolve(name);
    byte[] own = Holder.read(file);
    try {
      Holder.write(file, bytes);
      FuzzedBytes.bounded(
          bytes.length,
          Holder.ALLOCATED,
          CheckpointException.class,
          TextPriorConfigsFuzzTest::described);
    } finally {
      Holder.write(file, own);
    }
  }

  private static void described() {
    DiffusersTextPrior.in(Holder.FOLDER).ifPresent(TextPriorConfigsFuzzTest::described);
  }

  private static void described(DiffusersTextPrior prior) {
    try (TensorStore store = Parts.open(prior.weights())) {
      prior.describe(store);
    }
  }

  private static final class Holder {
    static final Path FOLDER = create();

    /** By the pipeline as it should be, which a search for inputs slows and swells. */
    static final long ALLOCATED =
        FuzzedBytes.allocated(CheckpointException.class, TextPriorConfigsFuzzTest::described);

    private static Path create() {
      try {
        Path folder = Files.createTempDirectory("tiltlens");
        return StableDiffusionFiles.pipeline(folder, StableDiffusionSizes.TINY, DType.F16);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    static byte[] read(Path file) {
      try {
        return Files.readAllBytes(file);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    static void write(Path file, byte[] bytes) {
      try {
        Files.write(file, bytes);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
