package org.tiltlens.compose;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.CentralCrop;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.SpatialReduction;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.feature.UnitScores;
import org.tiltlens.feature.WeightedScores;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.measuring.ImageMeasure;
import org.tiltlens.measuring.MeasuredUnit;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.VisionFile;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.study.ScoreSpec;
import org.tiltlens.study.SharedPool;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.TwistedClouds;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.tilting.JointScores;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/** The models of a composition, with one score per unit. */
final class ComposedModels {
  private final ModelShelf shelf;
  private final CompositionSpec spec;
  private final Device device;
  private final List<UnitScore> scores = new ArrayList<>();
  private Prior prior;

  private ComposedModels(CompositionSpec spec, ModelShelf shelf, Device device) {
    this.shelf = shelf;
    this.spec = spec;
    this.device = device;
  }

  /**
   * What the spec names, from a shelf.
   *
   * @throws IllegalArgumentException if a unit does not exist
   */
  static ComposedModels open(CompositionSpec spec, ModelShelf shelf, Device device) {
    ComposedModels models = new ComposedModels(spec, shelf, device);
    models.openScores();
    models.prior = shelf.prior(spec.models(), spec.steps().noise(), device);
    return models;
  }

  private void openScores() {
    ModelFiles files = spec.models();
    Optional<SparseDictionary> dictionary =
        Optional.ofNullable(files.dictionary()).map(name -> shelf.dictionary(name, device));
    List<Unit> units =
        spec.units().stream().map(each -> Unit.parse(each.unit(), dictionary)).toList();
    HookPoint hook = VisionFile.hook(files.vision(), files.hook(), dictionary);
    // Of the tokens at one place, the model knows them in this order.
    HookPoint last =
        units.stream()
            .map(unit -> unit.within(hook))
            .max(Comparator.comparing(HookPoint::tokens))
            .orElseThrow();
    VisionModel vision = shelf.vision(files.vision(), files.visionOptions(), last, device);
    for (Unit unit : units) {
      scores.add(
          new UnitScore(
              vision,
              hook,
              unit,
              SpatialReduction.parse(spec.reduction()),
              new CentralCrop(spec.center())));
    }
  }

  Prior prior() {
    return prior;
  }

  Device device() {
    return device;
  }

  /**
   * What measures finished images on the units.
   *
   * @param corpus the corpus' scores, not capped, if they are known
   */
  ImageMeasure measure(Optional<JointScores> corpus) {
    return new ImageMeasure(
        IntStream.range(0, scores.size())
            .mapToObj(k -> new MeasuredUnit(scores.get(k), corpus.map(all -> all.unit(k))))
            .toList());
  }

  /** What counts of the units' scores of images (n, 3, H, W), a row for each image. */
  List<double[]> cappedScores(Tensor images) {
    try (Scope scope = Scope.open()) {
      List<Tensor> units = new UnitScores(scores).finite(images);
      List<double[]> capped =
          IntStream.range(0, units.size())
              .mapToObj(k -> objective(k).of(Tensors.toDoubles(units.get(k))))
              .toList();
      return IntStream.range(0, Math.toIntExact(images.size(0)))
          .mapToObj(i -> capped.stream().mapToDouble(unit -> unit[i]).toArray())
          .toList();
    }
  }

  /** The same of the image of each of some ends of paths, which are a set. */
  List<double[]> cappedScores(Tensor ends, Batching batching) {
    return ofSet(batching)
        .map(
            Math.toIntExact(ends.size(0)),
            (first, count) -> {
              try (Scope scope = Scope.open()) {
                return cappedScores(prior.decode(ends.narrow(0, first, count)));
              }
            })
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  /** The units' scores of a pool's images, capped. */
  JointScores poolScores(SharedPool pool, Lanes lanes, Progress progress) {
    List<ScoreSpec> names =
        spec.units().stream()
            .map(
                each ->
                    new ScoreSpec(
                        each.unit(), SpatialReduction.parse(spec.reduction()), spec.center()))
            .toList();
    Map<ScoreSpec, UnitScore> units = new LinkedHashMap<>();
    for (int k = 0; k < scores.size(); k++) {
      units.put(names.get(k), scores.get(k));
    }
    int count = pool.pool().size();
    try (Progress.Task task =
        Cancellable.begin(progress, "scoring the pool", count, Counted.of("images"))) {
      pool.score(units, device, lanes, task::advance);
    }
    return JointScores.ofUnits(
        IntStream.range(0, scores.size())
            .mapToObj(k -> pool.energies(names.get(k), objective(k)))
            .toList());
  }

  private Objective objective(int unit) {
    Double cap = spec.units().get(unit).cap();
    return cap == null ? new Objective.Maximize() : new Objective.Clip(cap);
  }

  /** The units' scores of the corpus' images that can be read, not capped. */
  JointScores corpusScores(Corpus corpus, Lanes lanes, Progress progress) {
    int count = Math.min(spec.limit(), corpus.size());
    List<CorpusScores> each;
    corpus.lackOfFirst(count).ifPresent(progress::say);
    try (Progress.Task task =
        Cancellable.begin(progress, "scoring the corpus", count, Counted.of("images"))) {
      each = CorpusScores.each(corpus, count, new UnitScores(scores), device, lanes, task::advance);
    }
    return JointScores.ofUnits(
        each.stream()
            .map(unit -> unit.scores().stream().mapToDouble(Double::doubleValue).toArray())
            .toList());
  }

  /** The sampler at some betas, one per unit. */
  GuidedSampler sampler(double... betas) {
    return new GuidedSampler(prior, weighted(betas), tilt(betas), spec.form().step());
  }

  /** The same by weighted particles. */
  TwistedClouds twistedClouds(Batching batching, double... betas) {
    return new TwistedClouds(
        new TwistedSampler(prior, weighted(betas), tilt(betas), spec.particles(), ofSet(batching)),
        spec.clouds() == null ? 1 : spec.clouds());
  }

  /** How images that are drawn as one set go through the networks. */
  Batching ofSet(Batching batching) {
    return batching.ofSet(device, prior.imageShape());
  }

  /** {@code sum_k beta_k s_k}. */
  WeightedScores sum(double... betas) {
    return new WeightedScores(
        IntStream.range(0, betas.length)
            .mapToObj(k -> new WeightedScores.Part(scores.get(k), objective(k), betas[k]))
            .toList());
  }

  /** The units' weights as shares of {@link #strongest}, which {@link #tilt} multiplies them by. */
  private WeightedScores weighted(double... betas) {
    double beta = strongest(betas);
    return sum(Arrays.stream(betas).map(each -> each == beta ? 1 : each / beta).toArray());
  }

  private Guidance.Tilt tilt(double... betas) {
    Strength strength = new Strength(Ramp.parse(spec.strength()), spec.offAtEnd());
    return new Guidance.Tilt(strongest(betas), new Objective.Maximize(), strength);
  }

  /**
   * The beta farthest from 0, 0 only if all are. As the factor of the whole tilt it makes one
   * unit's composition that unit's own tilt to the bit; inside the gradient it would round
   * otherwise.
   */
  private static double strongest(double... betas) {
    return Arrays.stream(betas).boxed().max(Comparator.comparingDouble(Math::abs)).orElseThrow();
  }
}
