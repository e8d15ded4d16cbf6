package org.tiltlens.feature;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Autograd;
import org.tiltlens.vision.HookPoint;

/**
 * Activations a on the way to a unit's score, and how the score changes with them.
 *
 * @param activations (N, C, h, w), still a part of the graph from the images
 * @param gradient ds/da of the same shape, without a graph
 */
public record Sensitivity(Tensor activations, Tensor gradient) {

  /**
   * Reads several places in one pass through the model.
   *
   * @param images (N, 3, H, W) in [-1, 1] that require a gradient: an {@link Autograd#leaf}, or
   *     computed from one
   * @param at places that the score depends on
   * @return one per place, in their order
   * @throws IllegalArgumentException if a place does not exist or comes after the unit
   */
  public static List<Sensitivity> of(UnitScore score, Tensor images, List<HookPoint> at) {
    at.forEach(score::requireOnTheWay);
    Set<HookPoint> places = new LinkedHashSet<>(at);
    places.add(score.at());
    List<HookPoint> order = List.copyOf(places);
    List<Tensor> read = score.activations(images, order);
    List<Tensor> activations = at.stream().map(place -> read.get(order.indexOf(place))).toList();
    Tensor scores = score.ofActivations(read.get(order.indexOf(score.at())));
    List<Tensor> gradients = Autograd.gradientsOnTheWay(scores.sum(), activations);
    List<Sensitivity> result = new ArrayList<>();
    for (int i = 0; i < activations.size(); i++) {
      result.add(new Sensitivity(activations.get(i), gradients.get(i)));
    }
    return result;
  }

  /** Gradient times activation, {@code R = a ds/da}, without a graph: (N, C, h, w). */
  public Tensor relevance() {
    return activations.detach().mul(gradient);
  }
}
