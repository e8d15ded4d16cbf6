package org.tiltlens.synthesis;

import static org.tiltlens.torch.Tensors.addInPlace;
import static org.tiltlens.torch.Tensors.describe;
import static org.tiltlens.torch.Tensors.max;
import static org.tiltlens.torch.Tensors.min;
import static org.tiltlens.torch.Tensors.plus;
import static org.tiltlens.torch.Tensors.scale;
import static org.tiltlens.torch.Tensors.scaleInPlace;
import static org.tiltlens.torch.Tensors.sum;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Sensitivity;
import org.tiltlens.feature.UnitScore;
import org.tiltlens.torch.Autograd;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.vision.HookPoint;

/**
 * What VITAL wants an image's activations to look like: those of real images that drive the unit.
 *
 * <p>At each layer, the activations a of an image are weighted by the relevance R of their position
 * and their channel to the unit, and sorted; then the average over the real images is kept.
 *
 * <pre>
 *   R = a ds/da     position weight = (R - min_xy R) / (max_xy R - min_xy R + 1e-6)
 *   channel weight = (r_c - min_c r) / (max_c r - min_c r + 1e-6)   with r_c = max_xy R
 * </pre>
 *
 * <p>Source: Gorgun, Schiele and Fischer 2025 (arXiv 2503.22399), section 3.2, for inner units.
 * <strong>R is an approximation here:</strong> the authors propagate relevance layer by layer
 * (LRP's z-plus rule with their rule for skip connections), which they define for ResNet and
 * DenseNet only and which ConvNeXt's layer norms and GELUs do not have; we take gradient times
 * activation. They also start from the unit's whole map, we from the unit's score.
 */
public final class VitalReferences implements AutoCloseable {
  /** How many images the authors take. */
  public static final int USUAL_COUNT = 50;

  private static final double EPSILON = 1e-6;

  private final UnitScore score;
  private final List<Layer> layers;
  private final boolean weighted;
  private final List<Tensor> targets = new ArrayList<>();
  private final List<Tensor> channelWeights = new ArrayList<>();

  /**
   * A place where activations are compared.
   *
   * @param at on the way to the unit
   * @param weight of its loss, at least 0
   */
  public record Layer(HookPoint at, double weight) {
    public Layer {
      Checks.notNegative("weight of " + at, weight);
    }
  }

  private VitalReferences(UnitScore score, List<Layer> layers, boolean weighted) {
    this.score = score;
    this.layers = List.copyOf(layers);
    this.weighted = weighted;
    layers.forEach(layer -> score.requireOnTheWay(layer.at));
    if (layers.isEmpty()) {
      throw new IllegalArgumentException("activations are compared at no layer: give one at least");
    }
  }

  /**
   * Where the authors compare a ConvNeXt's activations, up to the unit: where each stage begins
   * (weight 0.1 for the first and 1 for others, as for inner units), and where the unit is.
   */
  public static List<Layer> usualLayers(UnitScore score) {
    List<HookPoint> all = score.vision().hookPoints();
    Set<HookPoint> places = new LinkedHashSet<>();
    all.subList(0, all.indexOf(score.at()) + 1).stream()
        .filter(at -> at.site() == HookPoint.Site.RESID_PRE && at.block().endsWith(".0"))
        .forEach(places::add);
    places.add(score.at());
    List<Layer> layers = new ArrayList<>();
    places.forEach(at -> layers.add(new Layer(at, layers.isEmpty() ? 0.1 : 1)));
    return layers;
  }

  /** Reads images at {@link #usualLayers}, weighted by relevance; the caller closes the result. */
  public static VitalReferences of(UnitScore score, Tensor images, int together) {
    return of(score, usualLayers(score), true, images, together);
  }

  /**
   * Reads images; the caller closes the result.
   *
   * @param score the unit and the model; stays its owner's to close
   * @param layers where activations are compared, at places that the unit's score depends on
   * @param weighted whether relevance weighs them; if not, all positions and channels count alike,
   *     as the authors do for units of the last layer
   * @param images (R, 3, H, W) in [-1, 1], the corpus' images with the highest scores; {@link
   *     #USUAL_COUNT} of them
   * @param together how many go through the model together, at least 1; changes what is read by
   *     rounding
   */
  public static VitalReferences of(
      UnitScore score, List<Layer> layers, boolean weighted, Tensor images, int together) {
    if (images.dim() != 4 || images.size(0) < 1 || images.size(1) != 3) {
      throw new IllegalArgumentException(
          "reference images of shape " + describe(images) + ": expected Rx3xHxW with R at least 1");
    }
    VitalReferences references = new VitalReferences(score, layers, weighted);
    try (Scope scope = Scope.open()) {
      Batching.inTurn(
          Math.toIntExact(images.size(0)),
          together,
          (first, count) -> {
            references.add(images.narrow(0, first, count));
            return count;
          });
      for (int i = 0; i < references.layers.size(); i++) {
        scaleInPlace(references.targets.get(i), 1.0 / images.size(0));
        scaleInPlace(references.channelWeights.get(i), 1.0 / images.size(0));
      }
      references.targets.forEach(Scope::keepForever);
      references.channelWeights.forEach(Scope::keepForever);
    }
    return references;
  }

  /** Adds some images to the sums, which belong to the caller's scope. */
  private void add(Tensor images) {
    try (Scope scope = Scope.open()) {
      List<Weighted> read = read(score, Autograd.leaf(images));
      for (int i = 0; i < layers.size(); i++) {
        Tensor ranks = sum(SortMatching.ranks(read.get(i).activations.detach()), 0);
        Tensor channels = sum(read.get(i).channels, 0);
        if (targets.size() <= i) {
          targets.add(scope.keep(ranks));
          channelWeights.add(scope.keep(channels));
        } else {
          addInPlace(targets.get(i), ranks, 1);
          addInPlace(channelWeights.get(i), channels, 1);
        }
      }
    }
  }

  /** The weighted sums over layers of the sort-matching losses: (N, 3, H, W) -> (N). */
  Tensor losses(UnitScore scoreNow, Tensor images) {
    List<Weighted> read = read(scoreNow, images);
    List<Tensor> losses = new ArrayList<>();
    for (int i = 0; i < layers.size(); i++) {
      Tensor activations = read.get(i).activations;
      Tensor each = SortMatching.losses(activations, targets.get(i), channelWeights.get(i));
      losses.add(scale(each, layers.get(i).weight));
    }
    return losses.stream().reduce(Tensor::add).orElseThrow();
  }

  /** Activations (N, C, h, w), positions weighted, and the weights (N, C) of their channels. */
  private record Weighted(Tensor activations, Tensor channels) {}

  /** Reads images that require a gradient, in one pass through the model. */
  private List<Weighted> read(UnitScore scoreNow, Tensor images) {
    List<HookPoint> places = layers.stream().map(Layer::at).toList();
    if (!weighted) {
      return scoreNow.activations(images, places).stream()
          .map(a -> new Weighted(a, a.detach().new_ones(a.size(0), a.size(1))))
          .toList();
    }
    return Sensitivity.of(scoreNow, images, places).stream()
        .map(VitalReferences::weighted)
        .toList();
  }

  private static Weighted weighted(Sensitivity read) {
    Tensor relevance = read.relevance();
    Tensor highest = max(relevance, 2, 3); // (N, C)
    Tensor least = min(highest, 1).unsqueeze(1);
    Tensor channels = spread(highest, least, max(highest, 1).unsqueeze(1));
    Tensor lowest = min(relevance, 2, 3).unsqueeze(2).unsqueeze(3);
    Tensor positions = spread(relevance, lowest, highest.unsqueeze(2).unsqueeze(3));
    return new Weighted(read.activations().mul(positions), channels);
  }

  /** {@code x} moved and scaled from [low, high] to [0, 1]. */
  private static Tensor spread(Tensor x, Tensor low, Tensor high) {
    return x.sub(low).div(plus(high.sub(low), EPSILON));
  }

  /** The unit whose images these are. */
  public UnitScore score() {
    return score;
  }

  @Override
  public void close() {
    targets.forEach(Scope::release);
    channelWeights.forEach(Scope::release);
  }
}
