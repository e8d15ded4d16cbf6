package org.tiltlens.synthesis;

import com.sun.management.OperatingSystemMXBean;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareSpec;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.harvest.CorpusSpectrum;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Progress;
import org.tiltlens.study.StudyModels;
import org.tiltlens.study.StudySpec;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.torch.Warp;

/**
 * Prints what the images of ascents score bare, rolled by every offset within the stem's stride,
 * and in the ascent's own frame: shares of the 99th percentile of the corpus' scores, medians over
 * images of features of the embedded bundle.
 *
 * <p>Arguments: how many features, images of each, and methods, such as {@code fourier,maco}. Those
 * with {@code -small} have the geometry that does not fit small images: a grey frame in every view,
 * and crops that are stretched.
 */
final class AscentFrames {
  private static final long SEED = 45;
  private static final int VIEWS = 64;
  private static final double WANTED = 99;

  private final UnitScore score;
  private final int size;
  private final Corpus corpus;
  private final double wanted;

  /** What one image scores, as shares of what is wanted. */
  private record Image(double bare, double rolled, double leastRolled, double own, double best) {
    double worth() {
      return leastRolled / own;
    }
  }

  private AscentFrames(StudyModels models, int size, Corpus corpus) {
    score = models.score();
    wanted = models.corpusScores().orElseThrow().scoreAt(WANTED);
    this.size = size;
    this.corpus = corpus;
  }

  public static void main(String... arguments) throws IOException {
    int images = Integer.parseInt(arguments[1]);
    Bundle bundle = Bundle.embedded();
    List<Integer> features = Compare.pick(bundle, Integer.parseInt(arguments[0]), SEED);
    System.out.println(
        "| ascent | bare | rolled, mean | rolled, least | own frame | best view | least rolled /"
            + " own, lowest | CPU s an image |");
    System.out.println("|---|---|---|---|---|---|---|---|");
    try (ModelShelf shelf = new ModelShelf();
        Corpus corpus = bundle.openCorpus();
        MagnitudeSpectrum spectrum = spectrum(corpus)) {
      for (String method : arguments[2].split(",")) {
        List<Image> all = new ArrayList<>();
        long start = nanoseconds();
        for (int feature : features) {
          StudySpec spec = StudySpec.of(bundle, CompareSpec.unit(feature), 0.0);
          StudyModels models = StudyModels.open(spec, shelf, Device.CPU, Progress.SILENT);
          AscentFrames frames = new AscentFrames(models, bundle.manifest().imageSize(), corpus);
          frames.climb(method, spectrum, ascent -> all.addAll(frames.of(ascent, images)));
          System.err.println(
              feature + " " + method + " " + all.subList(all.size() - images, all.size()));
        }
        print(method, all, (nanoseconds() - start) / 1e9 / all.size());
      }
    }
  }

  /** Of all processors, so that it matters little what else runs. */
  private static long nanoseconds() {
    return ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class).getProcessCpuTime();
  }

  private static void print(String method, List<Image> images, double seconds) {
    System.out.printf(
        Locale.ROOT,
        "| %s | %.2f | %.2f | %.2f | %.2f | %.2f | %.2f | %.1f |%n",
        method,
        median(images, Image::bare),
        median(images, Image::rolled),
        median(images, Image::leastRolled),
        median(images, Image::own),
        median(images, Image::best),
        images.stream().mapToDouble(Image::worth).min().orElseThrow(),
        seconds);
  }

  private static MagnitudeSpectrum spectrum(Corpus corpus) throws IOException {
    Path folder = Files.createTempDirectory("ascent-frames");
    Path file = folder.resolve("spectrum.safetensors");
    CorpusSpectrum.measure(corpus, corpus.size(), file, Progress.SILENT);
    MagnitudeSpectrum spectrum = MagnitudeSpectrum.read(file);
    Files.delete(file);
    Files.delete(folder);
    return spectrum;
  }

  private void climb(String method, MagnitudeSpectrum spectrum, Consumer<Ascent> then) {
    switch (method) {
      case "pixel" -> then.accept(new PixelAscent(score, size));
      case "fourier" -> then.accept(new FourierAscent(score, size, score.vision().stride()));
      case "fourier-small" -> then.accept(new FourierAscent(score, size, framed()));
      case "maco" -> {
        try (MagnitudeSpectrum canvas = spectrum.resized(MacoAscent.canvas(size))) {
          then.accept(new MacoAscent(score, canvas, size));
        }
      }
      case "maco-small" -> then.accept(new MacoAscent(score, spectrum, size));
      case "vital" -> {
        try (VitalReferences references = references()) {
          then.accept(new VitalAscent(references, size));
        }
      }
      default -> throw new IllegalArgumentException("no ascent '" + method + "'");
    }
  }

  /** Padding and jitter of 224 pixels in proportion, whatever the stride. */
  static FourierAscent.Settings framed() {
    FourierAscent.Settings usual = FourierAscent.Settings.DEFAULTS;
    RandomTransforms all = usual.transforms();
    return new FourierAscent.Settings(
        usual.steps(),
        usual.rate(),
        usual.optimiser(),
        usual.sd(),
        usual.decay(),
        new RandomTransforms(2, 2, all.scales(), all.degrees(), 1, 0));
  }

  private VitalReferences references() {
    try (Scope scope = Scope.open()) {
      CorpusScores scores =
          CorpusScores.of(corpus, corpus.size(), score, Device.CPU, new Lanes(1, 1), n -> {});
      List<Tensor> top =
          Retrieval.topK(scores.scores(), VitalReferences.USUAL_COUNT).stream()
              .map(scores.images()::get)
              .map(image -> corpus.read(image).orElseThrow())
              .toList();
      return VitalReferences.of(score, Tensors.stack(top), 1);
    }
  }

  private List<Image> of(Ascent ascent, int images) {
    return IntStream.range(0, images).mapToObj(sample -> one(ascent, sample)).toList();
  }

  private Image one(Ascent ascent, int sample) {
    AscentState now = ascent.start(SEED, sample);
    while (!ascent.isDone(now)) {
      now = ascent.advance(now);
    }
    try (AscentState done = now;
        Scope scope = Scope.open()) {
      Tensor picture = ascent.picture(done);
      int stride = score.vision().stride();
      double[] rolled =
          IntStream.range(0, stride * stride)
              .mapToDouble(i -> share(Warp.roll(picture, i % stride, i / stride)))
              .toArray();
      double[] views = ascent.viewScores(done, VIEWS, 1);
      return new Image(
          share(picture),
          Arrays.stream(rolled).average().orElseThrow(),
          Arrays.stream(rolled).min().orElseThrow(),
          Arrays.stream(views).average().orElseThrow() / wanted,
          Arrays.stream(views).max().orElseThrow() / wanted);
    }
  }

  private double share(Tensor image) {
    return score.finite(image).item_double() / wanted;
  }

  private static double median(List<Image> images, ToDoubleFunction<Image> of) {
    double[] sorted = images.stream().mapToDouble(of).sorted().toArray();
    return (sorted[(sorted.length - 1) / 2] + sorted[sorted.length / 2]) / 2;
  }
}
