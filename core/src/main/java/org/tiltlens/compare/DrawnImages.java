package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
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
import org.tiltlens.torch.Tensors;

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
  /** Name of the image in its file. */
  static final String IMAGE = "x";

  /** Those of a study, which keeps them itself. */
  static Drawn of(StudyResult study) {
    StudyResult.UnitResult result = study.results().get(0);
    Double took = study.drawingSeconds();
    return new Drawn(
        Drawn.text("beta", result.beta()),
        result.images().stream().map(StudyResult.ImageResult::tensor).toList(),
        true,
        took == null ? null : took / result.images().size(),
        study.pilotSeconds(),
        result.images().stream()
            .map(image -> image.ancestor() == null ? image.sample() : image.ancestor())
            .toList(),
        paid(result.estimates()));
  }

  /** The tilt's own KL where it is known, or else that of the paths. */
  private static CompareResult.Divergence paid(Estimates estimates) {
    if (estimates.kl() != null) {
      return paid(estimates.kl(), "of the tilt from the prior, " + estimates.kl().estimator());
    }
    return estimates.pathKl() == null ? null : paid(estimates.pathKl(), Drawn.OF_PATHS);
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
                keep(Map.of(IMAGE, read(images.get(i), corpus).unsqueeze(0)), file);
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
   * @param keptOf what is kept of a course's end, in the innermost scope: the image (1, 3, H, W) as
   *     {@link #IMAGE}, and what else the method knows of it
   */
  <S extends AutoCloseable> Drawn oneByOne(
      String setting,
      int steps,
      IntFunction<Course<S>> courses,
      Function<S, Map<String, Tensor>> keptOf)
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
                    finish(courses.apply(image), keptOf, image, timed);
                  }
                  return image;
                }));
  }

  /**
   * Images that each follow from their number at once.
   *
   * @param steps of each
   * @param drawing what is kept of one, in the innermost scope
   */
  void each(int steps, IntFunction<Map<String, Tensor>> drawing, Progress.Task timed) {
    lanes.map(
        count,
        image -> {
          if (Files.exists(fileOf(image))) {
            timed.skip(steps);
          } else {
            try (Scope scope = Scope.open()) {
              keep(drawing.apply(image), fileOf(image));
            }
            timed.advance(steps);
          }
          return image;
        });
  }

  /** Draws under the stopwatch. */
  Drawn drawn(String setting, Stopwatch.Work<?> drawing) throws IOException {
    Path seconds = run.state("seconds.json");
    boolean begun = IntStream.range(0, count).anyMatch(image -> Files.exists(fileOf(image)));
    new Stopwatch(seconds, begun).time(task, drawing);
    Double took = Stopwatch.secondsOf(seconds);
    List<String> names =
        IntStream.range(0, count).mapToObj(i -> where + "/" + tensorName(i)).toList();
    return new Drawn(
        setting,
        names,
        false,
        took == null ? null : took / count,
        null,
        IntStream.range(0, count).boxed().toList(),
        null);
  }

  private <S extends AutoCloseable> void finish(
      Course<S> course, Function<S, Map<String, Tensor>> keptOf, int image, Progress.Task timed) {
    Path underWay = run.state(image + ".safetensors");
    try (S done = new Walk(Walk.SAVE_EVERY).finish(course, underWay, timed);
        Scope scope = Scope.open()) {
      keep(keptOf.apply(done), fileOf(image));
      Files.deleteIfExists(underWay);
    } catch (RuntimeException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static void keep(Map<String, Tensor> tensors, Path file) {
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> own = new TreeMap<>(tensors);
      own.replaceAll((name, tensor) -> Device.CPU.place(tensor).clone().contiguous());
      SafetensorsWriter.write(file, own, Map.of());
    }
  }

  /** A number that each image's file holds beside it, once all are there. */
  double[] kept(String name) {
    return IntStream.range(0, count)
        .mapToDouble(
            image -> {
              try (TensorStore store = Checkpoints.open(fileOf(image));
                  Scope scope = Scope.open()) {
                return Tensors.toDoubles(store.load(name))[0];
              }
            })
        .toArray();
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
