package org.tiltlens.study;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.tilting.Target;

/** Short studies of the reference models, for the tests of studies. */
public final class StudyRuns {
  public static final int STEPS = 6;
  public static final Path MODELS = Path.of("src/test/resources/goldens");

  private StudyRuns() {}

  public static StudySpec spec(int count, double beta) {
    return spec("tilt", null, null, count, beta);
  }

  static StudySpec with(String gradient, Integer smoothing) {
    return spec("tilt", null, null, 20.0, gradient, smoothing, "ddpm", 2);
  }

  static StudySpec solved(int count) {
    return spec("tilt", null, null, 2.0, "full", null, "dpmsolver", count);
  }

  static StudySpec twisted(int particles, int count) {
    return spec("twisted", particles, null, count, 2);
  }

  /** Weighted particles in clouds. */
  static StudySpec clouds(int particles, int clouds, int count) {
    StudySpec tilted = spec(count, 2);
    return new StudySpec(
        tilted.models(),
        tilted.score(),
        tilted.objective(),
        new GuidanceSpec.Twisted(tilted.guidance().aim(), particles, clouds, Strength.FULL),
        tilted.steps(),
        count,
        tilted.seed());
  }

  /** Exact samples, from a pool that the cache has or is given. */
  static StudySpec exact(int poolSize, int particles, int count, AimSpec aim) {
    return exact(poolSize, particles, 1, count, aim);
  }

  /** The same on islands. */
  static StudySpec exact(int poolSize, int particles, Integer islands, int count, AimSpec aim) {
    StudySpec tilted = spec(count, 2);
    return new StudySpec(
        tilted.models(),
        tilted.score(),
        tilted.objective(),
        new ExactWords(null, poolSize, islands, null, null, null, null).of(aim, particles),
        tilted.steps(),
        count,
        tilted.seed());
  }

  static StudySpec laddered(int count, Double... betas) {
    return spec("tilt", null, List.of(betas), count, 2);
  }

  public static StudySpec spec(
      String guidance, Integer particles, List<Double> betas, int count, double beta) {
    return spec(guidance, particles, betas, beta, "full", null, "ddpm", count);
  }

  public static StudySpec spec(
      String guidance,
      Integer particles,
      List<Double> betas,
      double beta,
      String gradient,
      Integer smoothing,
      String form,
      int count) {
    ModelFiles models =
        new ModelFiles(
            MODELS.resolve("dinov3_convnext.pth").toString(),
            Map.of(),
            null,
            MODELS.resolve("cnnsae").toString(),
            MODELS.resolve("adm_unet.safetensors").toString(),
            Map.of(),
            null);
    return spec(
        models,
        "feature:3@pre",
        guidance,
        particles,
        betas,
        beta,
        null,
        gradient,
        smoothing,
        form,
        count);
  }

  /** A tilt of any unit of any models. */
  public static StudySpec spec(
      ModelFiles models, String unit, Double beta, Target target, int count) {
    return spec(models, unit, "tilt", null, null, beta, target, "full", null, "ddpm", count);
  }

  private static StudySpec spec(
      ModelFiles models,
      String unit,
      String guidance,
      Integer particles,
      List<Double> betas,
      Double beta,
      Target target,
      String gradient,
      Integer smoothing,
      String form,
      int count) {
    return new FlatSpec(
            models,
            unit,
            "mix",
            "0.7",
            null,
            0.5,
            "max",
            null,
            null,
            null,
            guidance,
            beta,
            target,
            null,
            particles,
            null,
            null,
            betas,
            null,
            null,
            "1",
            0.0,
            gradient,
            smoothing,
            form,
            0,
            "linear",
            1000,
            Integer.toString(STEPS),
            count,
            45)
        .spec();
  }

  public static StudyResult run(StudySpec spec, int batch, Path out) throws IOException {
    return Study.run("visualize", spec, new Execution("cpu", batch, 2, 1), out, Progress.SILENT);
  }

  /** The bytes of every image, rounded and not. */
  public static Map<String, String> images(Path out) throws IOException {
    Map<String, String> images = new TreeMap<>();
    try (Stream<Path> files = Files.list(out.resolve("klsc"))) {
      for (Path file : files.toList()) {
        images.put(
            file.getFileName().toString(),
            new String(Files.readAllBytes(file), java.nio.charset.StandardCharsets.ISO_8859_1));
      }
    }
    return images;
  }

  static StudyResult specResult(Path out) throws IOException {
    return Json.read(out.resolve("run.json"), null, StudyResult.class);
  }

  public static Progress stopAfter(long steps) {
    AtomicLong done = new AtomicLong();
    return (what, total) ->
        new Progress.Task() {
          @Override
          public void note(String state) {
            if (done.incrementAndGet() > steps) {
              throw new IllegalStateException("stopped");
            }
          }
        };
  }

  static Progress counting(AtomicLong steps) {
    return (what, total) ->
        new Progress.Task() {
          @Override
          public void advance(long more) {
            if (what.startsWith("drawing")) {
              steps.addAndGet(more);
            }
          }
        };
  }
}
