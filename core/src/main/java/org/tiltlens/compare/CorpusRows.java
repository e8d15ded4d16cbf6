package org.tiltlens.compare;

import static org.tiltlens.torch.Tensors.toDoubles;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.metrics.HighFrequencyEnergy;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A corpus in the features of a comparison.
 *
 * @param rows where each image lies
 * @param images indices in the corpus of those that could be read, ascending
 * @param halves which half each is in
 * @param high each one's share of high frequencies
 */
record CorpusRows(double[][] rows, int[] images, CorpusHalf[] halves, double[] high) {
  private static final int BATCH = 16;
  private static final String ROWS = "rows";
  private static final String IMAGES = "images";
  private static final String HIGH = "high_frequency";
  private static final String HALVES = "halves";

  /** What was written. */
  static CorpusRows read(Path kept) throws IOException {
    try (TensorStore store = Checkpoints.open(kept);
        Scope scope = Scope.open()) {
      return new CorpusRows(
          Tensors.rows(store.load(ROWS)),
          Arrays.stream(Tensors.toLongs(store.load(IMAGES))).mapToInt(Math::toIntExact).toArray(),
          Arrays.stream(Tensors.toLongs(store.load(HALVES)))
              .mapToObj(half -> CorpusHalf.values()[Math.toIntExact(half)])
              .toArray(CorpusHalf[]::new),
          toDoubles(store.load(HIGH)));
    }
  }

  /** Meets again, only for them to be reported, the images that could not be read before. */
  void reportLeftOut(Corpus of) {
    for (int image = 0; image < of.size(); image++) {
      if (Arrays.binarySearch(images, image) < 0) {
        try (Scope scope = Scope.open()) {
          of.read(image);
        }
      }
    }
  }

  /**
   * Looks at all images of a corpus.
   *
   * @param features (N, D) of images (N, 3, H, W) on {@code device}
   * @param kept the file that keeps what is found
   */
  static void write(
      Corpus of,
      UnaryOperator<Tensor> features,
      Device device,
      Path kept,
      Lanes lanes,
      Progress progress) {
    try (Progress.Task task =
            Cancellable.begin(
                progress, "comparing with the corpus", of.size(), Counted.of("images"));
        Scope scope = Scope.open()) {
      List<Part> parts =
          new Batching(BATCH, lanes)
              .map(
                  of.size(),
                  (from, count) -> {
                    Part part = part(of, from, from + count, features, device);
                    task.advance(count);
                    return part;
                  });
      double[][] all =
          parts.stream().flatMap(part -> Arrays.stream(part.rows)).toArray(double[][]::new);
      double[] flat = Arrays.stream(all).flatMapToDouble(DoubleStream::of).toArray();
      long[] indices =
          parts.stream()
              .flatMap(part -> part.images.stream())
              .mapToLong(Integer::longValue)
              .toArray();
      double[] high = parts.stream().flatMapToDouble(part -> DoubleStream.of(part.high)).toArray();
      long[] half =
          parts.stream()
              .flatMap(part -> part.halves.stream())
              .mapToLong(CorpusHalf::ordinal)
              .toArray();
      SafetensorsWriter.write(
          kept,
          Map.of(
              ROWS, Tensors.doubles(flat, all.length, flat.length / all.length),
              IMAGES, Tensors.longs(indices, indices.length),
              HIGH, Tensors.doubles(high, high.length),
              HALVES, Tensors.longs(half, half.length)),
          Map.of());
    }
  }

  /** Some images of the corpus: those that could be read. */
  private record Part(
      List<Integer> images, double[][] rows, double[] high, List<CorpusHalf> halves) {}

  private static Part part(
      Corpus of, int from, int to, UnaryOperator<Tensor> features, Device device) {
    try (Scope scope = Scope.open()) {
      return of.read(from, to)
          .map(
              batch ->
                  new Part(
                      batch.indices(),
                      Tensors.rows(features.apply(device.place(batch.images()))),
                      HighFrequencyEnergy.of(batch.images()),
                      IntStream.range(0, batch.indices().size())
                          .mapToObj(i -> CorpusHalf.of(batch.images().select(0, i)))
                          .toList()))
          .orElse(new Part(List.of(), new double[0][], new double[0], List.of()));
    }
  }

  private IntStream ofHalf(CorpusHalf half) {
    return IntStream.range(0, halves.length).filter(i -> halves[i] == half);
  }

  /** Indices in the corpus of the images of a half, ascending. */
  List<Integer> images(CorpusHalf half) {
    return ofHalf(half).mapToObj(i -> images[i]).toList();
  }

  /** Where the images of a half lie. */
  double[][] rows(CorpusHalf half) {
    return ofHalf(half).mapToObj(i -> rows[i]).toArray(double[][]::new);
  }

  /** Where images lie that are named by their indices in the corpus. */
  double[][] rows(List<Integer> drawn) {
    return drawn.stream()
        .map(image -> rows[Arrays.binarySearch(images, image)])
        .toArray(double[][]::new);
  }

  /** Mean share of high frequencies in the images of a half. */
  double highFrequency(CorpusHalf half) {
    return ofHalf(half).mapToDouble(i -> high[i]).average().orElseThrow();
  }
}
