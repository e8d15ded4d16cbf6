package org.tiltlens.feature;

import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Several units at once: {@code sum_k beta_k objective_k(s_k(x))}.
 *
 * <p>A tilt of strength 1 by this score is the joint tilt {@code p(x) exp(sum_k beta_k s_k(x))}:
 * among all distributions with the same mean scores the one nearest to p. A negative beta pushes a
 * unit down.
 *
 * @param parts at least one, all of one vision model and input size
 */
public record WeightedScores(List<Part> parts) implements Score {
  public WeightedScores {
    parts = List.copyOf(parts);
    scores(parts);
  }

  /**
   * One of the units.
   *
   * @param beta its weight, finite
   */
  public record Part(UnitScore score, Objective objective, double beta) {
    public Part {
      if (!Double.isFinite(beta)) {
        throw new IllegalArgumentException("illegal beta: " + beta + ", must be a finite number");
      }
    }

    private Tensor of(Tensor scores) {
      return Tensors.scale(objective.of(scores), beta);
    }
  }

  @Override
  public Tensor of(Tensor images) {
    return Scope.of(
        () -> {
          List<Tensor> scores = scores(parts).of(images); // (N) each
          return IntStream.range(0, parts.size())
              .mapToObj(k -> parts.get(k).of(scores.get(k)))
              .reduce(Tensor::add)
              .orElseThrow();
        });
  }

  @Override
  public NotFiniteException failure(Tensor images) {
    return scores(parts).failure(images);
  }

  private static UnitScores scores(List<Part> parts) {
    return new UnitScores(parts.stream().map(Part::score).toList());
  }

  @Override
  public Score at(double progress) {
    return new WeightedScores(
        parts.stream()
            .map(part -> new Part(part.score.at(progress), part.objective, part.beta))
            .toList());
  }
}
