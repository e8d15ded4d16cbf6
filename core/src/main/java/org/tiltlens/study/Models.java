package org.tiltlens.study;

import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.feature.Unit;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.torch.Device;
import org.tiltlens.vision.DinoConvNext;
import org.tiltlens.vision.HookPoint;
import org.tiltlens.vision.Normalisation;
import org.tiltlens.vision.VisionModel;

/** The models of one run, opened and checked against each other. */
final class Models implements AutoCloseable {
  private final Deque<AutoCloseable> open = new ArrayDeque<>();
  private final Device device;
  private Prior prior;
  private UnitScore score;

  private Models(Device device) {
    this.device = device;
  }

  /**
   * Opens what the spec names; nothing stays open if that fails.
   *
   * @throws IllegalArgumentException if the spec does not fit the models
   */
  static Models open(StudySpec spec, Device device, Progress progress) {
    Models models = new Models(device);
    // Cheap checks first: a slip in the unit should not cost the loading of a prior.
    try (Progress.Task task = progress.begin("loading models", 2)) {
      models.score = models.openScore(spec);
      task.advance(1);
      models.prior = models.openPrior(spec);
      task.advance(1);
      return models;
    } catch (RuntimeException e) {
      models.close();
      throw e;
    }
  }

  private UnitScore openScore(StudySpec spec) {
    ModelFiles files = spec.models();
    Optional<SparseDictionary> dictionary =
        Optional.ofNullable(files.dictionary())
            .map(path -> closedWithUs(SparseDictionary.open(Path.of(path), device)));
    Unit unit = Unit.parse(spec.unit(), dictionary);
    HookPoint hook = hookPoint(files, dictionary);
    try (TensorStore store = Checkpoints.open(Path.of(files.vision()))) {
      VisionModel vision =
          closedWithUs(DinoConvNext.open(store, device, Normalisation.IMAGENET, Optional.of(hook)));
      return new UnitScore(vision, hook, unit, SpecText.reduction(spec), SpecText.crop(spec));
    }
  }

  private static HookPoint hookPoint(ModelFiles files, Optional<SparseDictionary> dictionary) {
    if (files.hook() != null) {
      return HookPoint.parse(files.hook());
    }
    return dictionary
        .map(SparseDictionary::hookPoint)
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "where is the unit? give --hook, such as stages.2.20.hook_resid_pre"));
  }

  private Prior openPrior(StudySpec spec) {
    return closedWithUs(PriorFile.open(spec, device));
  }

  private <T extends AutoCloseable> T closedWithUs(T model) {
    open.push(model);
    return model;
  }

  Prior prior() {
    return prior;
  }

  Device device() {
    return device;
  }

  GuidedSampler sampler(StudySpec spec) {
    return new GuidedSampler(prior, score, SpecText.guidance(spec), SpecText.form(spec));
  }

  /** The unit's score of one image (1, 3, H, W). */
  double score(Tensor image) {
    return score.of(image).item_double();
  }

  /** The score after the dictionary's activation function, or null if the unit is no feature. */
  Double scoreAfterActivation(Tensor image) {
    if (!(score.unit() instanceof Unit.DictionaryFeature feature)) {
      return null;
    }
    Unit active = new Unit.DictionaryFeature(feature.dictionary(), feature.index(), false);
    UnitScore after =
        new UnitScore(score.vision(), score.at(), active, score.reduction(), score.crop());
    return after.of(image).item_double();
  }

  /** The feature's index, or null if the unit is none. */
  Integer featureIndex() {
    return score.unit() instanceof Unit.DictionaryFeature feature ? feature.index() : null;
  }

  /** The unit in the names of its files. */
  String unitFileName() {
    Integer feature = featureIndex();
    return feature != null
        ? feature.toString()
        : score.unit().toString().replaceAll("[^A-Za-z0-9]+", "-");
  }

  @Override
  public void close() {
    for (AutoCloseable model : open) {
      try {
        model.close();
      } catch (Exception e) {
        throw new IllegalStateException("cannot close " + model, e);
      }
    }
  }
}
