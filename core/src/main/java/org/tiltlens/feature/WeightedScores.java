package org.tiltlens.feature;

import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Several units at once: {@code sum_k beta_k objective_k(s_k(x))}.
 *
 * <p>A tilt of strength 1 by this score is the joint tilt {@code p(x) exp(sum_k beta_k s_k(x))}:
 * among all distributions with the same mean scores the one nearest to p. A negative beta pushes a
 * unit down.
 *
 * @param parts at least one
 */
public record WeightedScores(List<Part> parts) implements Score {
  public WeightedScores {
    parts = List.copyOf(parts);
    if (parts.isEmpty()) {
      throw new IllegalArgumentException("no scores to weight: expected at least one");
    }
  }

  /**
   * One of the units.
   *
   * @param beta its weight, finite
   */
  public record Part(Score score, Objective objective, double beta) {
    public Part {
      if (!Double.isFinite(beta)) {
        throw new IllegalArgumentException("illegal beta: " + beta + ", must be a finite number");
      }
    }
  }

  @Override
  public Tensor of(Tensor images) {
    return Scope.of(
        () ->
            parts.stream()
                .map(
                    part ->
                        Tensors.scale(part.objective.of(part.score.of(images)), part.beta)) // (N)
                .reduce(Tensor::add)
                .orElseThrow());
  }

  @Override
  public Score at(double progress) {
    return new WeightedScores(
        parts.stream()
            .map(part -> new Part(part.score.at(progress), part.objective, part.beta))
            .toList());
  }
}
