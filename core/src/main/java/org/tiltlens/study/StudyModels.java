package org.tiltlens.study;

import static java.util.stream.Collectors.joining;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.harvest.FeatureScores;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.measuring.ImageMeasure;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.ModelFiles;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.Named;
import org.tiltlens.models.OpenUnit;
import org.tiltlens.models.PriorFile;
import org.tiltlens.models.VisionFile;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.TwistedClouds;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.VisionModel;

/** The models of one run, borrowed from a shelf and checked against each other. */
public final class StudyModels {
  private final ModelShelf shelf;
  private final Device device;
  private Prior prior;
  private UnitScore score;
  private Optional<ScoreSample> corpusScores = Optional.empty();
  private String harvestedModels;
  private String note;

  private StudyModels(ModelShelf shelf, Device device) {
    this.shelf = shelf;
    this.device = device;
  }

  /**
   * What the spec names.
   *
   * @throws IllegalArgumentException if the spec does not fit the models
   */
  public static StudyModels open(
      StudySpec spec, ModelShelf shelf, Device device, Progress progress) {
    StudyModels models = new StudyModels(shelf, device);
    // Cheap checks first: a slip in the unit should not cost the loading of a prior.
    try (Progress.Task task =
        Cancellable.begin(progress, "loading models", 2, Counted.of("models"))) {
      models.score = models.openScore(spec);
      models.corpusScores = models.readCorpusScores(spec);
      task.advance(1);
      models.prior = models.openPrior(spec);
      models.requireScore();
      if (models.prior.isLatent()) {
        PriorFile.noteOnBits(spec.models().prior()).ifPresent(models::add);
      }
      task.advance(1);
      return models;
    }
  }

  private UnitScore openScore(StudySpec spec) {
    ModelFiles files = spec.models();
    Optional<SparseDictionary> dictionary =
        Optional.ofNullable(files.dictionary()).map(name -> shelf.dictionary(name, device));
    Unit unit = Unit.parse(spec.unit(), dictionary);
    HookPoint hook = unit.within(VisionFile.hook(files.vision(), files.hook(), dictionary));
    VisionModel vision = shelf.vision(files.vision(), files.visionOptions(), hook, device);
    note = VisionFile.warning(files.vision(), files.visionOptions()).orElse(null);
    return new UnitScore(vision, hook, unit, spec.score().reduction(), spec.score().crop());
  }

  /**
   * What the corpus scores on the unit.
   *
   * @throws IllegalArgumentException if the spec's target needs scores and there are none
   */
  private Optional<ScoreSample> readCorpusScores(StudySpec spec) {
    if (spec.models().harvest() == null) {
      requireNoTarget(spec, "give {harvest}, a table that `tiltlens harvest` wrote");
      return Optional.empty();
    }
    if (!(score.unit() instanceof Unit.DictionaryFeature feature) || !feature.beforeActivation()) {
      return unknown(spec, FeatureScores.HARVESTED_UNITS);
    }
    try (FeatureTable table = FeatureTable.open(Named.resolve(spec.models().harvest()))) {
      String wanted = FeatureScores.harvestedAs(score);
      harvestedModels = table.info().models();
      if (!table.info().score().equals(wanted)) {
        return unknown(spec, FeatureScores.harvestDiffers(table.info().score(), wanted));
      }
      // Only a target needs them, and says why it cannot have them.
      return spec.target() != null && !spec.isRenoised()
          ? Optional.of(table.feature(feature.index()).sample())
          : table.find(feature.index()).map(FeatureStatistics::sample);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Notes why a harvest that was given tells nothing. */
  private Optional<ScoreSample> unknown(StudySpec spec, String why) {
    requireNoTarget(spec, "%s", why);
    add("no percentiles: " + why);
    return Optional.empty();
  }

  private void add(String what) {
    note = Stream.of(note, what).filter(Objects::nonNull).collect(joining("; "));
  }

  private static void requireNoTarget(StudySpec spec, String why, Object... values) {
    // Images that are re-noised are weighed by scores of their own.
    if (spec.target() != null && !spec.isRenoised()) {
      throw new SpecException(
          "{activation} and {targetPercentile} need the corpus' scores of the unit: "
              + why
              + "; or give {beta}",
          values);
    }
  }

  private Prior openPrior(StudySpec spec) {
    return shelf.prior(spec.models(), spec.steps().noise(), device);
  }

  /**
   * Scores one grey image: a position outside the map, or images of a size that the model does not
   * take, should not cost a step of the prior.
   */
  private void requireScore() {
    try (Scope scope = Scope.open()) {
      long[] image = prior.imageShape();
      score
          .caveat(prior.device().place(Tensors.zeros(1, image[0], image[1], image[2])))
          .ifPresent(this::add);
    }
  }

  /** The prior. */
  public Prior prior() {
    return prior;
  }

  /** Where they compute. */
  public Device device() {
    return device;
  }

  /**
   * Checks that the corpus' scores are of these models.
   *
   * @param hashes of the models' files, by their names
   * @throws IllegalArgumentException if the harvest was made with others
   */
  public void requireHarvestOf(ModelFiles files, Map<String, String> hashes) {
    if (corpusScores.isEmpty()) {
      return;
    }
    List<String> vision = VisionFile.names(files.vision());
    List<String> own =
        hashes.entrySet().stream()
            .filter(
                entry ->
                    vision.stream().anyMatch(name -> FileHashes.isOf(name, entry.getKey()))
                        || FileHashes.isOf(files.dictionary(), entry.getKey()))
            .map(Map.Entry::getValue)
            .toList();
    if (!HarvestStudy.models(own, files.visionOptions()).equals(harvestedModels)) {
      throw new IllegalArgumentException(
          "'"
              + files.harvest()
              + "' was harvested with another vision model or dictionary: run `tiltlens harvest`"
              + " with these");
    }
  }

  /** The scores of the corpus' images on the unit, if they are known. */
  public Optional<ScoreSample> corpusScores() {
    return corpusScores;
  }

  /**
   * Why a harvest that was given says nothing of the unit, and what is to be known of the vision
   * model and of a prior of latents; null if there is nothing to say.
   */
  String note() {
    return note;
  }

  /**
   * A sampler.
   *
   * @param beta the tilt's strength; null without a tilt
   */
  GuidedSampler sampler(StudySpec spec, Double beta) {
    return new GuidedSampler(
        prior,
        score,
        spec.guidance().of(spec.objective(), beta),
        spec.steps().form().step(),
        spec.guidance().gradient(),
        Noise::normal);
  }

  /** A sampler of weighted particles. */
  TwistedClouds twistedClouds(StudySpec spec, double beta, Batching batching) {
    GuidanceSpec.Twisted twisted = (GuidanceSpec.Twisted) spec.guidance();
    Guidance.Tilt tilt = new Guidance.Tilt(beta, spec.objective(), twisted.strength());
    return new TwistedClouds(
        new TwistedSampler(prior, score, tilt, twisted.particles(), ofSet(batching)),
        twisted.clouds());
  }

  /** How images that are drawn as one set go through the networks. */
  public Batching ofSet(Batching batching) {
    return batching.ofSet(device(), prior.imageShape());
  }

  /** The unit's score. */
  public UnitScore score() {
    return score;
  }

  /** The unit's scores of images (n, 3, H, W), as they are once written. */
  List<Double> scores(Tensor images) {
    try (Scope scope = Scope.open()) {
      double[] scores = Tensors.toDoubles(score.finite(Images.written(images)));
      return Arrays.stream(scores).boxed().toList();
    }
  }

  /** What measures finished images on the unit. */
  ImageMeasure measure() {
    return ImageMeasure.of(score, corpusScores);
  }

  /** The unit's maps of images (n, 3, H, W), each in rows. */
  public List<double[][]> maps(Tensor images) {
    try (Scope scope = Scope.open()) {
      return measure().of(images).images().stream().map(units -> units.get(0).map()).toList();
    }
  }

  /** The feature's index, or null if the unit is none. */
  Integer featureIndex() {
    return score.unit() instanceof Unit.DictionaryFeature feature ? feature.index() : null;
  }

  /** The unit in the names of its files. */
  String unitFileName() {
    return OpenUnit.fileNameOf(score.unit());
  }
}
