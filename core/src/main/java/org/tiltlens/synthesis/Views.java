package org.tiltlens.synthesis;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntFunction;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Scores of images as an ascent's steps look at them. */
final class Views {
  private Views() {}

  /**
   * The scores (N) of images that may differ in size: those of one size go through the network
   * together.
   *
   * @param images (1, 3, h, w) each, in [-1, 1]
   * @throws org.tiltlens.torch.NotFiniteException if a score is NaN or infinite
   */
  static Tensor scores(Score score, List<Tensor> images) {
    Map<List<Long>, List<Integer>> alike =
        IntStream.range(0, images.size())
            .boxed()
            .collect(
                Collectors.groupingBy(
                    i -> List.of(images.get(i).size(2), images.get(i).size(3)),
                    LinkedHashMap::new,
                    Collectors.toList()));
    Tensor[] scores = new Tensor[images.size()];
    for (List<Integer> places : alike.values()) {
      Tensor found = score.finite(Tensors.cat(places.stream().map(images::get).toList(), 0));
      for (int i = 0; i < places.size(); i++) {
        scores[places.get(i)] = found.narrow(0, i, 1);
      }
    }
    return Tensors.cat(List.of(scores), 0);
  }

  /**
   * The scores of an image's views.
   *
   * @param together views in one evaluation, at least 1: with 1 a score depends on no other view
   * @param view the view of an index from 0, (1, 3, h, w) in [-1, 1]
   * @throws org.tiltlens.torch.NotFiniteException if a score is NaN or infinite
   */
  static double[] scores(Score score, int views, int together, IntFunction<Tensor> view) {
    Checks.atLeastOne("views", views);
    return Batching.inTurn(
            views,
            together,
            (first, count) -> {
              try (Scope scope = Scope.open()) {
                List<Tensor> some = IntStream.range(first, first + count).mapToObj(view).toList();
                return Tensors.toDoubles(scores(score, some));
              }
            })
        .stream()
        .flatMapToDouble(DoubleStream::of)
        .toArray();
  }

  /** The first of {@code each} draws of a view: below 0, where no step draws. */
  static long draw(int view, int each) {
    return -(long) each * (1 + view);
  }
}
