package org.tiltlens.compare;

import static org.tiltlens.torch.Tensors.toDoubles;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.measuring.ImageMeasure;
import org.tiltlens.metrics.HighFrequencyEnergy;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.vision.PooledModel;

/**
 * The features in which sets of images are compared, and the corpus in them: of a network that
 * guided nothing where there is one.
 */
final class CompareSpace {
  /** Images of the corpus that stand for it where all pairs are looked at. */
  static final int SUBSET = 2000;

  /** Images in each half, at the least. */
  private static final int FEWEST = 2;

  private static final int BATCH = 16;
  private static final String ROWS = "rows";
  private static final String IMAGES = "images";
  private static final String HIGH = "high_frequency";
  private static final String HALVES = "halves";

  private final String name;
  private final Supplier<Network> opening;
  private final Device device;
  private Network network;
  private double[][] rows;
  private int[] images;
  private CorpusHalf[] halves;
  private double highFrequency;
  private ReferenceSet corpus;

  /** What gives the features. */
  private interface Network {
    /** Features (N, D) of images. */
    Tensor of(Tensor images);

    /** The same of one image, with what it does to units. */
    Seen see(Tensor image, ImageMeasure measure);
  }

  /**
   * An image in the eyes of the units' vision model and of the space.
   *
   * @param read what it does to the units; its tensors belong to the innermost scope
   * @param features where it lies
   */
  record Seen(ImageMeasure.Read read, double[] features) {}

  private CompareSpace(String name, Supplier<Network> opening, Device device) {
    this.name = name;
    this.opening = opening;
    this.device = device;
  }

  /**
   * The network the spec names, or the bundle's judge, or else its vision model; no corpus yet.
   *
   * @param shelf is asked for the network when the corpus is read
   */
  static CompareSpace of(CompareSpec spec, Bundle bundle, ModelShelf shelf, Device device) {
    if (spec.measures().network() != null) {
      return new CompareSpace(
          "features of '" + spec.measures().network() + "'",
          () -> another(shelf.network(spec.measures().network(), device)::features),
          device);
    }
    if (bundle.manifest().judge() != null) {
      return new CompareSpace(
          "features of the bundle's judge, a network that guided nothing",
          () -> another(shelf.judge(bundle, device).orElseThrow().vision()::pooled),
          device);
    }
    return new CompareSpace(
        "pooled token of the vision model that the units are in",
        () -> own(shelf.pooled(bundle.models().vision(), device)),
        device);
  }

  /** Another network than the units', or one that wants the images in another way. */
  private static Network another(UnaryOperator<Tensor> features) {
    return new Network() {
      @Override
      public Tensor of(Tensor images) {
        return features.apply(images);
      }

      @Override
      public Seen see(Tensor image, ImageMeasure measure) {
        return new Seen(measure.of(image), toDoubles(of(image)));
      }
    };
  }

  /** The units' own network, which takes the images as they are: one pass serves both. */
  private static Network own(PooledModel vision) {
    return new Network() {
      @Override
      public Tensor of(Tensor images) {
        return vision.pooled(images);
      }

      @Override
      public Seen see(Tensor image, ImageMeasure measure) {
        PooledModel.Summed summed = vision.summed(image, measure.places());
        return new Seen(measure.of(image, summed.activations()), toDoubles(summed.vectors()));
      }
    };
  }

  /**
   * Opens the network and reads the corpus, or what an earlier process read of it; once.
   *
   * @param kept where its features are kept
   */
  void read(Corpus of, Path kept, Lanes lanes, long seed, Progress progress) throws IOException {
    if (corpus != null) {
      return;
    }
    network = opening.get();
    if (!Files.exists(kept)) {
      readAll(of, kept, lanes, progress);
    }
    try (TensorStore store = Checkpoints.open(kept);
        Scope scope = Scope.open()) {
      rows = rowsOf(store.load(ROWS));
      images =
          Arrays.stream(Tensors.toLongs(store.load(IMAGES))).mapToInt(Math::toIntExact).toArray();
      halves =
          Arrays.stream(Tensors.toLongs(store.load(HALVES)))
              .mapToObj(half -> CorpusHalf.values()[Math.toIntExact(half)])
              .toArray(CorpusHalf[]::new);
      double[] high = toDoubles(store.load(HIGH));
      highFrequency = ofHalf(CorpusHalf.JUDGING).mapToDouble(i -> high[i]).average().orElse(0);
    }
    double[][] judging = ofHalf(CorpusHalf.JUDGING).mapToObj(i -> rows[i]).toArray(double[][]::new);
    int fewest = Math.min(judging.length, rows.length - judging.length);
    if (fewest < FEWEST) {
      throw new IllegalArgumentException(
          "a corpus of %d images, of which one half has %d: a comparison needs at least %d in each, one to calibrate on and one to judge by"
              .formatted(rows.length, fewest, FEWEST));
    }
    long[] order = Noise.permutation(seed, 0, 0, judging.length);
    double[][] subset =
        Arrays.stream(order).limit(SUBSET).mapToObj(i -> judging[(int) i]).toArray(double[][]::new);
    corpus = ReferenceSet.of(judging, subset, subset);
  }

  private IntStream ofHalf(CorpusHalf half) {
    return IntStream.range(0, halves.length).filter(i -> halves[i] == half);
  }

  private void readAll(Corpus of, Path kept, Lanes lanes, Progress progress) {
    try (Progress.Task task = Cancellable.begin(progress, "comparing with the corpus", of.size());
        Scope scope = Scope.open()) {
      List<Part> parts =
          lanes
              .map(
                  (of.size() + BATCH - 1) / BATCH,
                  i -> part(of, i * BATCH, Math.min(of.size(), (i + 1) * BATCH), task))
              .stream()
              .toList();
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

  private Part part(Corpus of, int from, int to, Progress.Task task) {
    try (Scope scope = Scope.open()) {
      Part part =
          of.read(from, to)
              .map(
                  batch ->
                      new Part(
                          batch.indices(),
                          rowsOf(network.of(device.place(batch.images()))),
                          HighFrequencyEnergy.of(batch.images()),
                          IntStream.range(0, batch.indices().size())
                              .mapToObj(i -> CorpusHalf.of(batch.images().select(0, i)))
                              .toList()))
              .orElse(new Part(List.of(), new double[0][], new double[0], List.of()));
      task.advance(to - from);
      return part;
    }
  }

  private static double[][] rowsOf(Tensor features) {
    int width = Math.toIntExact(features.size(1));
    double[] flat = toDoubles(features);
    double[][] rows = new double[flat.length / width][];
    Arrays.setAll(rows, i -> Arrays.copyOfRange(flat, i * width, (i + 1) * width));
    return rows;
  }

  /** What the features are, in a few words. */
  String name() {
    return name;
  }

  /**
   * Sees one image (1, 3, H, W) in [-1, 1], in one pass if the units' network is the space's too.
   *
   * @param measure of units in the bundle's vision model, which take images at their own size
   */
  Seen see(Tensor image, ImageMeasure measure) {
    return network.see(image, measure);
  }

  /** Where images (N, 3, H, W) in [-1, 1] lie. */
  double[][] see(Tensor images) {
    try (Scope scope = Scope.open()) {
      return rowsOf(network.of(images));
    }
  }

  /** Indices of the images of a half that could be read, ascending. */
  List<Integer> images(CorpusHalf half) {
    return ofHalf(half).mapToObj(i -> images[i]).toList();
  }

  /** Mean share of high frequencies in the judging half's images. */
  double highFrequency() {
    return highFrequency;
  }

  /** The judging half as a reference. */
  ReferenceSet corpus() {
    return corpus;
  }

  /**
   * Images of the judging half as a reference.
   *
   * @param drawn their indices in the corpus, of which some may come more than once
   */
  ReferenceSet of(List<Integer> drawn) {
    double[][] all = rows(drawn);
    // A repeated image would be its own neighbour at distance 0.
    double[][] distinct = rows(new ArrayList<>(drawn.stream().distinct().toList()));
    return ReferenceSet.of(all, all, distinct);
  }

  /** Where images of the corpus lie. */
  double[][] rows(List<Integer> drawn) {
    return drawn.stream()
        .map(image -> rows[Arrays.binarySearch(images, image)])
        .toArray(double[][]::new);
  }
}
