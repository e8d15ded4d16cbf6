package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Function;
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
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The images of one method for one feature, on disk: what is finished and what is under way.
 *
 * @param count how many there are to be
 * @param batching how images go through the networks
 * @param run the folder of this method on this feature
 * @param where its name below the comparison's folder
 * @param task hears of the steps
 */
record DrawnImages(int count, Batching batching, RunFolder run, String where, Progress.Task task) {
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
   * Images that are the end of a course of some of them.
   *
   * @param <S> the end
   * @param row one image's part of it
   * @param steps of each
   * @param keptOf what is kept of a row, in the innermost scope: the image (1, 3, H, W) as {@link
   *     #IMAGE}, and what else the method knows of it
   */
  <S extends AutoCloseable> Drawn walked(
      String setting,
      int steps,
      Function<List<Integer>, Course<S>> courses,
      BiFunction<S, Integer, S> row,
      Function<S, Map<String, Tensor>> keptOf)
      throws IOException {
    return drawn(
        setting,
        timed ->
            missing(
                steps,
                timed,
                (first, images) -> {
                  Path underWay = run.state(first + ".safetensors");
                  finish(courses.apply(images), underWay, row, keptOf, images, timed);
                }));
  }

  /**
   * Images that follow from their numbers at once.
   *
   * @param steps of each
   * @param drawing the images (n, 3, H, W) of some numbers, in the innermost scope
   */
  void atOnce(int steps, Function<List<Integer>, Tensor> drawing, Progress.Task timed) {
    missing(
        steps,
        timed,
        (first, images) -> {
          try (Scope scope = Scope.open()) {
            Tensor drawn = drawing.apply(images);
            for (int i = 0; i < images.size(); i++) {
              keep(Map.of(IMAGE, drawn.narrow(0, i, 1)), fileOf(images.get(i)));
            }
          }
          timed.advance((long) steps * images.size());
        });
  }

  /**
   * Does the work on groups of those images that no earlier process finished.
   *
   * @param work on a group that began with an image, and what is missing of it
   */
  private List<Integer> missing(
      int steps, Progress.Task timed, BiConsumer<Integer, List<Integer>> work) {
    return batching.map(
        count,
        (first, together) -> {
          List<Integer> missing =
              IntStream.range(first, first + together)
                  .filter(image -> !Files.exists(fileOf(image)))
                  .boxed()
                  .toList();
          timed.skip((long) steps * (together - missing.size()));
          if (!missing.isEmpty()) {
            work.accept(first, missing);
          }
          return together;
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
      Course<S> course,
      Path underWay,
      BiFunction<S, Integer, S> row,
      Function<S, Map<String, Tensor>> keptOf,
      List<Integer> images,
      Progress.Task timed) {
    try (S done = new Walk(Walk.SAVE_EVERY).finish(course, underWay, timed)) {
      for (int i = 0; i < images.size(); i++) {
        try (S one = row.apply(done, i);
            Scope scope = Scope.open()) {
          keep(keptOf.apply(one), fileOf(images.get(i)));
        }
      }
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
