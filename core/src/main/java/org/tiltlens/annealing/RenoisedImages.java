package org.tiltlens.annealing;

import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;

/**
 * The images of a {@link Renoising} on their way: all that is needed to go on, and nothing else.
 *
 * @param seed the run's
 * @param x (N, C, H, W), owned by this record
 * @param scores s of each image
 * @param origins per image, the one of the corpus that it descends from
 * @param accepted per image, how many of its moves; an image with none is that of the corpus
 * @param moves of all images so far
 */
public record RenoisedImages(
    long seed,
    Tensor x,
    List<Double> scores,
    List<Integer> origins,
    List<Integer> accepted,
    List<RenoisingMove> moves)
    implements AutoCloseable {
  public RenoisedImages {
    scores = List.copyOf(scores);
    origins = List.copyOf(origins);
    accepted = List.copyOf(accepted);
    moves = List.copyOf(moves);
  }

  /** Number of images. */
  public int size() {
    return scores.size();
  }

  /** How many images of the corpus they descend from. */
  public int ancestors() {
    return (int) origins.stream().distinct().count();
  }

  /** Those that never moved: real images, and no samples. */
  public List<Integer> unmoved() {
    return IntStream.range(0, size()).filter(image -> accepted.get(image) == 0).boxed().toList();
  }

  /** Images of a corpus before any move. */
  static RenoisedImages real(long seed, Tensor x, List<Double> scores, List<Integer> origins) {
    List<Integer> none = Collections.nCopies(scores.size(), 0);
    return new RenoisedImages(seed, x, scores, origins, none, List.of());
  }

  @Override
  public void close() {
    Scope.release(x);
  }
}
