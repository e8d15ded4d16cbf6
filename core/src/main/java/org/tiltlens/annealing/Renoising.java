package org.tiltlens.annealing;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * Moves images of a corpus, drawn by its own tilt's weights, to new ones of about that tilt: noise
 * is added to them, the prior's own steps take it away, and the result is accepted by its score.
 *
 * <pre>
 *   x_t ~ q(x_t | x_0)      x_{t-1} .. x_0' by the prior's steps
 *   accept x_0' with min(1, exp(beta (s' - s)))
 * </pre>
 *
 * <p>An approximation. The move keeps p only where the prior's reverse chain is the posterior of
 * its forward one; as far as it is not, images drift away from the corpus, at beta = 0 too, which
 * {@link Drift} measures.
 *
 * <p>A pure function of (seed, images): noise is named by the move's and the image's numbers, so
 * lanes change no bit.
 *
 * @param paths has prior, step and score; the step has to be a noisy one
 * @param beta the tilt
 * @param levels steps of the prior that are kept, one after the other and again: fixed beforehand,
 *     so that no move depends on what was accepted
 * @param moves of each image, at least 1
 * @param batching how the images go through prior and score
 */
public record Renoising(
    PathSampler paths, double beta, List<Integer> levels, int moves, Batching batching) {
  /** Far from those of annealed particles. */
  private static final long MOVES = 1L << 41;

  private static final int ACCEPTANCE_DRAW = 1;

  public Renoising {
    // Nobody knows the class of a photograph.
    paths.prior().requireNoMixture("a start from a corpus");
    levels = List.copyOf(levels);
    int steps = paths.prior().schedule().steps();
    if (levels.isEmpty() || levels.stream().anyMatch(level -> level < 1 || level >= steps)) {
      throw new IllegalArgumentException(
          "levels " + levels + ": expected numbers of steps from 1 to " + (steps - 1));
    }
    if (!paths.form().isNoisy()) {
      throw new IllegalArgumentException(
          paths.form() + " draws no noise: re-noising needs steps that do");
    }
    if (moves < 1) {
      throw new IllegalArgumentException(moves + " moves: expected at least 1");
    }
  }

  /** At 60, 70 and 80 % of the way. */
  public static Renoising of(PathSampler paths, double beta, int moves, Batching batching) {
    int steps = paths.prior().schedule().steps();
    List<Integer> levels =
        IntStream.of(6, 7, 8)
            .map(tenth -> Math.round(tenth * steps / 10f))
            .filter(level -> level < steps)
            .distinct()
            .boxed()
            .toList();
    return new Renoising(paths, beta, levels, moves, batching);
  }

  /** The same by another tilt. */
  public Renoising withBeta(double other) {
    return new Renoising(paths, other, levels, moves, batching);
  }

  /**
   * Images before any move; the caller closes the result.
   *
   * @param images (N, C, H, W) in [-1, 1], copied
   * @param origins which of the corpus they are
   */
  public RenoisedImages start(long seed, Tensor images, List<Integer> origins) {
    try (Scope scope = Scope.open()) {
      Tensor x = paths.prior().device().place(paths.ends(images)).clone();
      List<Double> scores =
          batching.map(origins.size(), (first, count) -> scores(x, first, count)).stream()
              .flatMapToDouble(Arrays::stream)
              .boxed()
              .toList();
      return RenoisedImages.real(seed, Scope.keepForever(x), scores, origins);
    }
  }

  private double[] scores(Tensor x, int first, int count) {
    try (Scope scope = Scope.open()) {
      return paths.scores(x.narrow(0, first, count));
    }
  }

  /** Whether all moves are made. */
  public boolean isDone(RenoisedImages now) {
    return now.moves().size() >= moves;
  }

  /** Moves every image once; takes over what it was given. */
  public RenoisedImages advance(RenoisedImages now) {
    int kept = levels.get(now.moves().size() % levels.size());
    List<Moved> parts;
    try {
      parts = batching.map(now.size(), (first, count) -> moved(now, kept, first, count));
    } catch (RuntimeException | Error e) {
      now.close();
      throw e;
    }
    double[] scores = parts.stream().flatMapToDouble(part -> Arrays.stream(part.scores)).toArray();
    int[] taken = parts.stream().flatMapToInt(part -> Arrays.stream(part.taken)).toArray();
    double mean = Arrays.stream(paths.objective().of(scores)).average().orElseThrow();
    List<RenoisingMove> made = new ArrayList<>(now.moves());
    made.add(new RenoisingMove(kept, now.size(), Arrays.stream(taken).sum(), mean));
    return new RenoisedImages(
        now.seed(),
        now.x(),
        Arrays.stream(scores).boxed().toList(),
        now.origins(),
        IntStream.range(0, taken.length).mapToObj(i -> now.accepted().get(i) + taken[i]).toList(),
        made);
  }

  /** All moves of some images; the caller closes the result. */
  public RenoisedImages run(long seed, Tensor images, List<Integer> origins) {
    RenoisedImages now = start(seed, images, origins);
    while (!isDone(now)) {
      now = advance(now);
    }
    return now;
  }

  /** Evaluations of the prior's network that the moves of some images took. */
  public long evaluations(List<RenoisingMove> made) {
    int steps = paths.prior().schedule().steps();
    return made.stream().mapToLong(move -> (long) move.proposed() * (steps - move.kept())).sum();
  }

  /**
   * Some images after a move.
   *
   * @param taken 1 for each that was accepted, else 0
   */
  private record Moved(double[] scores, int[] taken) {}

  private Moved moved(RenoisedImages now, int kept, int first, int count) {
    long[] streams = new long[count];
    Arrays.setAll(streams, i -> MOVES + (long) now.moves().size() * now.size() + first + i);
    try (Scope scope = Scope.open()) {
      Tensor own = now.x().narrow(0, first, count);
      Tensor other = paths.renoised(own, kept, now.seed(), streams);
      double[] scores =
          now.scores().subList(first, first + count).stream()
              .mapToDouble(Double::doubleValue)
              .toArray();
      double[] before = paths.objective().of(scores);
      double[] proposed = paths.scores(other);
      double[] after = paths.objective().of(proposed);
      int[] taken = new int[count];
      for (int i = 0; i < count; i++) {
        double u = Noise.uniform(now.seed(), streams[i], ACCEPTANCE_DRAW, 1).item_double();
        if (Math.log(u) < beta * (after[i] - before[i])) {
          own.narrow(0, i, 1).copy_(other.narrow(0, i, 1));
          scores[i] = proposed[i];
          taken[i] = 1;
        }
      }
      return new Moved(scores, taken);
    }
  }
}
