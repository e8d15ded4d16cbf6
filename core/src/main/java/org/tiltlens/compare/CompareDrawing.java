package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.models.Preset;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.sampling.Course;
import org.tiltlens.sampling.Walk;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;
import org.tiltlens.synthesis.Ascent;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.synthesis.FourierAscent;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.MacoAscent;
import org.tiltlens.synthesis.MagnitudeSpectrum;
import org.tiltlens.synthesis.PixelAscent;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.VitalAscent;
import org.tiltlens.synthesis.VitalReferences;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Draws the images of each method for one feature, and keeps what is finished and what is under way
 * on disk.
 *
 * @param settings of the methods
 * @param feature what the images are to show
 * @param corpus natural images
 * @param tilt the study of the tilt
 * @param spectrum the corpus' mean magnitudes
 */
record CompareDrawing(
    CompareContext context,
    CompareSettings settings,
    ComparedFeature feature,
    Corpus corpus,
    CompareTilt tilt,
    Supplier<MagnitudeSpectrum> spectrum) {

  /**
   * Images of a method.
   *
   * @param setting what it was set to, in words
   * @param tensors their files, below the comparison's folder
   * @param secondsPerImage wall-clock seconds of drawing alone, over the images; null if they are
   *     not known
   * @param secondsFindingBeta the same of finding the method's beta; null if that takes none
   */
  record Drawn(
      String setting, List<String> tensors, Double secondsPerImage, Double secondsFindingBeta) {}

  /** How far {@link #draw} advances its task. */
  long units(CompareMethod method) {
    long count = context.spec().count();
    long steps = feature.models().prior().schedule().steps();
    return switch (method) {
      case TOP_K, SOFT_RETRIEVAL -> 0;
      case TILT -> tilt.units();
      case TWISTED -> Study.units(twisted());
      case CONSTANT -> count * settings.constant().steps();
      case PIXEL -> count * settings.pixel().steps();
      case FOURIER -> count * settings.fourier().steps();
      case MACO -> count * settings.maco().steps();
      case VITAL -> count * settings.vital().steps();
    };
  }

  /**
   * Draws a method's images, or what an earlier process left to do.
   *
   * @param run the folder of this method on this feature
   * @param where its name below the comparison's folder
   */
  Drawn draw(CompareMethod method, RunFolder run, String where, Progress.Task task)
      throws IOException {
    return switch (method) {
      case TOP_K ->
          copied(
              feature.top(context.spec().count()),
              "K = " + context.spec().count(),
              run,
              where,
              task);
      case SOFT_RETRIEVAL -> {
        double beta = feature.corpusBeta();
        List<Integer> drawn = feature.drawn(beta, context.spec().count(), context.spec().seed());
        yield copied(drawn, text("beta", beta), run, where, task);
      }
      case TILT -> of(tilt.of(task));
      case TWISTED -> of(twistedResult(task));
      case CONSTANT -> constant(run, where, task);
      case PIXEL ->
          climbed(
              new PixelAscent(feature.models().score(), size(), settings.pixel()),
              run,
              where,
              task);
      case FOURIER ->
          climbed(
              new FourierAscent(feature.models().score(), size(), settings.fourier()),
              run,
              where,
              task);
      case MACO ->
          climbed(
              new MacoAscent(feature.models().score(), spectrum.get(), size(), settings.maco()),
              run,
              where,
              task);
      case VITAL -> {
        try (VitalReferences references = references()) {
          yield climbed(new VitalAscent(references, size(), settings.vital()), run, where, task);
        }
      }
    };
  }

  private static String text(String name, double value) {
    return "%s %.4g".formatted(name, value);
  }

  // ---- retrieval

  private Drawn copied(
      List<Integer> images, String setting, RunFolder run, String where, Progress.Task task)
      throws IOException {
    return drawn(
        setting,
        run,
        where,
        task,
        timed -> {
          for (int i = 0; i < images.size(); i++) {
            Path file = fileOf(i, run);
            if (!Files.exists(file)) {
              try (Scope scope = Scope.open()) {
                keep(read(images.get(i)).unsqueeze(0), file);
              }
            }
          }
          return images;
        });
  }

  private Tensor read(int image) {
    return corpus
        .read(image)
        .orElseThrow(
            () ->
                new UncheckedIOException(
                    new IOException("image " + image + " can no longer be read")));
  }

  /** Draws under the stopwatch. */
  private Drawn drawn(
      String setting, RunFolder run, String where, Progress.Task task, Stopwatch.Work<?> drawing)
      throws IOException {
    Path seconds = run.state("seconds.json");
    int count = context.spec().count();
    boolean begun = IntStream.range(0, count).anyMatch(image -> Files.exists(fileOf(image, run)));
    new Stopwatch(seconds, begun).time(task, drawing);
    Double took = Stopwatch.secondsOf(seconds);
    return new Drawn(setting, names(where), took == null ? null : took / count, null);
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

  private List<String> names(String where) {
    return IntStream.range(0, context.spec().count())
        .mapToObj(i -> where + "/" + tensorName(i))
        .toList();
  }

  // ---- studies of the tilt

  /** At the corpus' beta: what pilots correct is an error that particles do not make. */
  private StudySpec twisted() {
    return context.study(feature.index(), feature.corpusBeta()).twisted(context.spec().particles());
  }

  private StudyResult twistedResult(Progress.Task task) throws IOException {
    return context.drawn(feature.index(), twisted(), task);
  }

  private Drawn of(StudyResult study) {
    StudyResult.UnitResult result = study.results().get(0);
    Double took = study.drawingSeconds();
    return new Drawn(
        text("beta", result.beta()),
        result.images().stream().map(StudyResult.ImageResult::tensor).toList(),
        took == null ? null : took / result.images().size(),
        study.pilotSeconds());
  }

  // ---- the published heuristic

  private Drawn constant(RunFolder run, String where, Progress.Task task) throws IOException {
    CompareSettings.Constant settings = this.settings.constant();
    double cap = settings.cap() != 0 ? settings.cap() : feature.target().activation();
    Preset preset = Preset.energydps;
    Guidance guidance =
        new Guidance.Constant(
            settings.scale(),
            new Objective.Clip(cap),
            new Strength(Ramp.parse(preset.strength()), preset.offAtEnd()));
    StudySpec steps = context.study(feature.index(), 0.0, Integer.toString(settings.steps()));
    StudyModels models =
        StudyModels.open(steps, context.shelf(), context.device(), Progress.SILENT);
    GuidedSampler sampler =
        new GuidedSampler(models.prior(), models.score(), guidance, new AncestralStep());
    long seed = context.spec().seed();
    return finished(
        "scale %.4g, cap %.4g, %d steps".formatted(settings.scale(), cap, settings.steps()),
        (image, timed) ->
            finish(
                new Course.Guided(sampler, seed, List.of(image), context.device()),
                Trajectory::x,
                image,
                run,
                timed),
        settings.steps(),
        run,
        where,
        task);
  }

  // ---- ascents

  private int size() {
    return context.bundle().manifest().imageSize();
  }

  private VitalReferences references() {
    try (Scope scope = Scope.open()) {
      List<Tensor> top = feature.top(VitalReferences.USUAL_COUNT).stream().map(this::read).toList();
      return VitalReferences.of(
          feature.models().score(), context.device().place(Tensors.stack(top)));
    }
  }

  private Drawn climbed(Ascent ascent, RunFolder run, String where, Progress.Task task)
      throws IOException {
    long seed = context.spec().seed();
    return finished(
        ascent.steps() + " steps",
        (image, timed) ->
            finish(
                new Course.Ascending(ascent, seed, image),
                (AscentState state) -> ascent.image(state),
                image,
                run,
                timed),
        ascent.steps(),
        run,
        where,
        task);
  }

  // ---- images one by one

  private interface One {
    void draw(int image, Progress.Task task);
  }

  private Drawn finished(
      String setting, One one, int steps, RunFolder run, String where, Progress.Task task)
      throws IOException {
    return drawn(
        setting,
        run,
        where,
        task,
        timed ->
            context
                .lanes()
                .map(
                    context.spec().count(),
                    image -> {
                      if (Files.exists(fileOf(image, run))) {
                        timed.skip(steps);
                      } else {
                        one.draw(image, timed);
                      }
                      return image;
                    }));
  }

  private static Path fileOf(int image, RunFolder run) {
    try {
      return run.file(tensorName(image));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private interface ImageOf<S> {
    Tensor of(S state);
  }

  private <S extends AutoCloseable> void finish(
      Course<S> course, ImageOf<S> imageOf, int image, RunFolder run, Progress.Task task) {
    Path underWay = run.state(image + ".safetensors");
    try (S done = new Walk(Walk.SAVE_EVERY).finish(course, underWay, task);
        Scope scope = Scope.open()) {
      keep(imageOf.of(done), run.file(tensorName(image)));
      Files.deleteIfExists(underWay);
    } catch (RuntimeException e) {
      throw e;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
