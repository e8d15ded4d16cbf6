package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.sampling.Course;
import org.tiltlens.sampling.Walk;
import org.tiltlens.study.StudyResult;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;

/**
 * The images of one method for one feature, on disk: what is finished and what is under way.
 *
 * @param count how many there are to be
 * @param lanes images under way beside each other
 * @param run the folder of this method on this feature
 * @param where its name below the comparison's folder
 * @param task hears of the steps
 */
record DrawnImages(int count, Lanes lanes, RunFolder run, String where, Progress.Task task) {

  /** Those of a study, which keeps them itself. */
  static Drawn of(StudyResult study) {
    StudyResult.UnitResult result = study.results().get(0);
    Double took = study.drawingSeconds();
    return new Drawn(
        Drawn.text("beta", result.beta()),
        result.images().stream().map(StudyResult.ImageResult::tensor).toList(),
        took == null ? null : took / result.images().size(),
        study.pilotSeconds(),
        result.images().stream()
            .map(image -> image.particle() == null ? image.sample() : image.particle())
            .toList(),
        paid(result.estimates()));
  }

  /** The tilt's own KL where it is known, or else that of the paths. */
  private static CompareResult.Divergence paid(Estimates estimates) {
    if (estimates.kl() != null) {
      return paid(estimates.kl(), "of the tilt from the prior, " + estimates.kl().estimator());
    }
    return estimates.pathKl() == null
        ? null
        : paid(
            estimates.pathKl(),
            "of the sampling paths from the prior's: an upper bound of the images' from the prior");
  }

  private static CompareResult.Divergence paid(Estimated estimate, String meaning) {
    return new CompareResult.Divergence(estimate.value(), estimate.standardError(), meaning);
  }

  /**
   * Images of the corpus.
   *
   * @param images their indices in the corpus
   */
  Drawn copied(String setting, List<Integer> images, Corpus corpus) throws IOException {
    return drawn(
        setting,
        timed -> {
          for (int i = 0; i < images.size(); i++) {
            Path file = fileOf(i);
            if (!Files.exists(file)) {
              try (Scope scope = Scope.open()) {
                keep(read(images.get(i), corpus).unsqueeze(0), file);
              }
            }
          }
          return images;
        });
  }

  /** An image of the corpus, (3, H, W). */
  static Tensor read(int image, Corpus corpus) {
    return corpus
        .read(image)
        .orElseThrow(
            () ->
                new UncheckedIOException(
                    new IOException("image " + image + " can no longer be read")));
  }

  /**
   * Images that are each the end of a course of their own.
   *
   * @param steps of each
   * @param imageOf the image (1, 3, H, W) of a course's end, in the innermost scope
   */
  <S extends AutoCloseable> Drawn oneByOne(
      String setting, int steps, IntFunction<Course<S>> courses, Function<S, Tensor> imageOf)
      throws IOException {
    return drawn(
        setting,
        timed ->
            lanes.map(
                count,
                image -> {
                  if (Files.exists(fileOf(image))) {
                    timed.skip(steps);
                  } else {
                    finish(courses.apply(image), imageOf, image, timed);
                  }
                  return image;
                }));
  }

  /** Draws under the stopwatch. */
  private Drawn drawn(String setting, Stopwatch.Work<?> drawing) throws IOException {
    Path seconds = run.state("seconds.json");
    boolean begun = IntStream.range(0, count).anyMatch(image -> Files.exists(fileOf(image)));
    new Stopwatch(seconds, begun).time(task, drawing);
    Double took = Stopwatch.secondsOf(seconds);
    List<String> names =
        IntStream.range(0, count).mapToObj(i -> where + "/" + tensorName(i)).toList();
    return new Drawn(
        setting,
        names,
        took == null ? null : took / count,
        null,
        IntStream.range(0, count).boxed().toList(),
        null);
  }

  private <S extends AutoCloseable> void finish(
      Course<S> course, Function<S, Tensor> imageOf, int image, Progress.Task timed) {
    Path underWay = run.state(image + ".safetensors");
    try (S done = new Walk(Walk.SAVE_EVERY).finish(course, underWay, timed);
        Scope scope = Scope.open()) {
      keep(imageOf.apply(done), fileOf(image));
      Files.deleteIfExists(underWay);
    } catch (RuntimeException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void keep(Tensor image, Path file) {
    try (Scope scope = Scope.open()) {
      SafetensorsWriter.write(
          file, Map.of("x", Device.CPU.place(image).clone().contiguous()), Map.of());
    }
  }

  private static String tensorName(int image) {
    return "images/" + image + ".safetensors";
  }

  private Path fileOf(int image) {
    try {
      return run.file(tensorName(image));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
