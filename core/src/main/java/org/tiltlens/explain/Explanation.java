package org.tiltlens.explain;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.attribution.Alteration;
import org.tiltlens.attribution.Occlusion;
import org.tiltlens.attribution.Reliance;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.measuring.HeatMap;
import org.tiltlens.measuring.HeatMethod;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;

/**
 * Writes the files of an explained picture.
 *
 * @param spec what was asked for
 * @param score the unit's
 * @param image (1, 3, H, W) on the device
 * @param device where the score computes
 * @param batching how images go through the network
 * @param found the score of the image as it is and, if there is to be a probe, altered
 */
record Explanation(
    ExplainSpec spec,
    UnitScore score,
    Tensor image,
    Device device,
    Batching batching,
    List<Double> found) {
  private static final String IMAGE = "image.png";
  private static final String VALUES = "maps.safetensors";

  /** Overlays are at least this wide, in pixels, for maps to stay smooth over small pictures. */
  private static final int OVERLAY_SIDE = 256;

  /**
   * Reads the score.
   *
   * @throws IllegalArgumentException if the unit or the probe does not fit the image
   */
  static Explanation of(
      ExplainSpec spec, UnitScore score, Tensor image, Device device, Batching batching) {
    double[] found =
        spec.reliance() == 0
            ? Tensors.toDoubles(score.finite(image))
            : Reliance.scores(score, image, List.of(0), spec.seed()).get(0);
    return new Explanation(
        spec, score, image, device, batching, Arrays.stream(found).boxed().toList());
  }

  /**
   * Computes and writes everything but the page.
   *
   * @param known what the corpus says of the unit, in full if there is a probe
   * @param note why a harvest does not tell; null if there is nothing to say
   * @param corpus for the probe; empty without one
   */
  ExplainResult.UnitResult writeTo(
      RunFolder run,
      Optional<UnitOnCorpus> known,
      String note,
      Optional<Corpus> corpus,
      Progress progress)
      throws IOException {
    WholeFile.writePng(run.file(IMAGE), Images.toImage(image.select(0, 0)));
    return new ExplainResult.UnitResult(
        spec.unit(),
        score.unit() instanceof Unit.DictionaryFeature feature ? feature.index() : null,
        score.toString(),
        IMAGE,
        found.get(0),
        known.map(unit -> unit.sample().percentileOf(found.get(0))).orElse(null),
        note,
        maps(run, progress),
        VALUES,
        corpus.isPresent() ? reliance(run, known.orElseThrow(), corpus.get(), progress) : null);
  }

  /** What is to be known of how the map became a number; null if nothing is. */
  String caveat() {
    return score.caveat(image).orElse(null);
  }

  private List<ExplainResult.MapResult> maps(RunFolder run, Progress progress) throws IOException {
    HeatMethod[] methods = HeatMethod.values();
    List<double[][]> maps;
    try (Progress.Task task =
        Cancellable.begin(
            progress, "explaining the picture", methods.length, Counted.of("methods"))) {
      maps =
          Batching.oneByOne(batching.lanes())
              .map(
                  methods.length,
                  (i, one) -> {
                    try (Scope scope = Scope.open()) {
                      double[][] map = Tensors.rows(finite(methods[i]));
                      task.advance(1);
                      return map;
                    }
                  });
    }
    List<ExplainResult.MapResult> results = new ArrayList<>();
    Map<String, Tensor> values = new LinkedHashMap<>();
    for (int i = 0; i < methods.length; i++) {
      results.add(write(run, methods[i], maps.get(i)));
      values.put(methods[i].key(), tensor(maps.get(i)));
    }
    SafetensorsWriter.write(run.file(VALUES), values, Map.of("unit", spec.unit()));
    return results;
  }

  private Optional<HookPoint> gradientHook() {
    return Optional.ofNullable(spec.gradientHook()).map(HookPoint::parse);
  }

  private Occlusion occlusion() {
    return new Occlusion(spec.occlusionPatch(), spec.occlusionStride());
  }

  /** What a map is made with, in words. */
  private String setting(HeatMethod method) {
    return switch (method) {
      case ACTIVATION -> "at " + score.at();
      case GRADIENT_ACTIVATION, GRAD_CAM -> "at " + gradientHook().orElse(score.at());
      case OCCLUSION ->
          "patch of " + spec.occlusionPatch() + " pixels, moved by " + spec.occlusionStride();
    };
  }

  private Tensor finite(HeatMethod method) {
    Tensor map = method.of(gradientHook(), occlusion()).of(score, image);
    if (!Tensors.allFinite(map)) {
      throw new NotFiniteException(
          "the map by "
              + method.key()
              + " is not finite: check the weights of the vision model and the unit");
    }
    return map;
  }

  private ExplainResult.MapResult write(RunFolder run, HeatMethod method, double[][] map)
      throws IOException {
    double lowest = Arrays.stream(map).flatMapToDouble(Arrays::stream).min().orElseThrow();
    double highest = Arrays.stream(map).flatMapToDouble(Arrays::stream).max().orElseThrow();
    int side = (int) image.size(3);
    int width = side * Math.max(1, (OVERLAY_SIDE + side - 1) / side);
    String file = method.key() + ".png";
    WholeFile.writePng(run.file(file), HeatMap.signed(map, HeatMap.largest(map), width, width));
    return new ExplainResult.MapResult(
        method.key(), setting(method), file, map.length, map[0].length, lowest, highest);
  }

  private static Tensor tensor(double[][] rows) {
    float[] values = new float[rows.length * rows[0].length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) rows[i / rows[0].length][i % rows[0].length];
    }
    return Tensors.floats(values, rows.length, rows[0].length);
  }

  private ExplainResult.RelianceResult reliance(
      RunFolder run, UnitOnCorpus known, Corpus corpus, Progress progress) throws IOException {
    List<Integer> top = known.top().stream().limit(spec.reliance()).toList();
    List<double[]> scores;
    try (Progress.Task task =
        Cancellable.begin(progress, "altering top images", top.size(), Counted.of("images"))) {
      scores =
          batching
              .map(
                  top.size(),
                  (first, count) -> {
                    List<double[]> some = scores(corpus, top.subList(first, first + count));
                    task.advance(count);
                    return some;
                  })
              .stream()
              .flatMap(List::stream)
              .toList();
    }
    Reliance reliance = Reliance.of(scores, known.mean(), spec.seed());
    List<ExplainResult.AlteredResult> altered = new ArrayList<>();
    for (int i = 0; i < reliance.altered().size(); i++) {
      double own = found.get(i + 1).isNaN() ? found.get(0) : found.get(i + 1);
      altered.add(altered(run, reliance.altered().get(i), own));
    }
    return new ExplainResult.RelianceResult(
        reliance.images(), top, reliance.floor(), reliance.before(), altered, reliance.reading());
  }

  private List<double[]> scores(Corpus corpus, List<Integer> images) {
    try (Scope scope = Scope.open()) {
      Tensor read = Tensors.stack(images.stream().map(index -> read(corpus, index)).toList());
      return Reliance.scores(score, device.place(read), images, spec.seed());
    }
  }

  private static Tensor read(Corpus corpus, int index) {
    return corpus
        .read(index)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "image " + index + " of the corpus is broken: " + corpus.skipped()));
  }

  /** Shows on the explained picture what an alteration does. */
  private ExplainResult.AlteredResult altered(
      RunFolder run, Reliance.Altered asked, double pictureScore) throws IOException {
    Alteration alteration = asked.alteration();
    String file = alteration.key() + ".png";
    try (Scope scope = Scope.open()) {
      Tensor picture = alteration.of(image, 0);
      WholeFile.writePng(run.file(file), Images.toImage(picture.select(0, 0)));
      return new ExplainResult.AlteredResult(
          alteration.key(), alteration.removes(), file, pictureScore, asked.mean(), asked.kept());
    }
  }
}
