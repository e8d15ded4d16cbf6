package org.tiltlens.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.measuring.ImageMeasure;
import org.tiltlens.models.Bundle;
import org.tiltlens.models.ModelShelf;
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

  private final String name;
  private final Supplier<Network> opening;
  private final Device device;
  private Network network;
  private CorpusRows rows;
  private ReferenceSet corpus;

  /** What gives the features. */
  private interface Network {
    /** Features (N, D) of images. */
    Tensor of(Tensor images);

    /** The same of some, with what they do to units. */
    Seen see(Tensor images, ImageMeasure measure);
  }

  /**
   * Images in the eyes of the units' vision model and of the space.
   *
   * @param read what they do to the units; its tensors belong to the innermost scope
   * @param features where each lies
   */
  record Seen(ImageMeasure.Read read, double[][] features) {}

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
      public Seen see(Tensor images, ImageMeasure measure) {
        return new Seen(measure.of(images), Tensors.rows(of(images)));
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
      public Seen see(Tensor images, ImageMeasure measure) {
        PooledModel.Summed summed = vision.summed(images, measure.places());
        return new Seen(measure.of(images, summed.activations()), Tensors.rows(summed.vectors()));
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
      CorpusRows.write(of, network::of, device, kept, lanes, progress);
    }
    rows = CorpusRows.read(kept);
    rows.reportLeftOut(of);
    double[][] judging = rows.rows(CorpusHalf.JUDGING);
    int calibrating = rows.images(CorpusHalf.CALIBRATING).size();
    if (Math.min(judging.length, calibrating) < FEWEST) {
      throw new IllegalArgumentException(
          "a corpus of which %d images calibrate and %d judge: a comparison needs at least %d of each, so give a larger one"
              .formatted(calibrating, judging.length, FEWEST));
    }
    long[] order = Noise.permutation(seed, 0, 0, judging.length);
    double[][] subset =
        Arrays.stream(order).limit(SUBSET).mapToObj(i -> judging[(int) i]).toArray(double[][]::new);
    corpus = ReferenceSet.of(judging, subset, subset);
  }

  /** What the features are, in a few words. */
  String name() {
    return name;
  }

  /**
   * Sees images (n, 3, H, W) in [-1, 1], in one pass if the units' network is the space's too.
   *
   * @param measure of units in the bundle's vision model, which take images at their own size
   */
  Seen see(Tensor images, ImageMeasure measure) {
    return network.see(images, measure);
  }

  /** Where images (N, 3, H, W) in [-1, 1] lie. */
  double[][] see(Tensor images) {
    try (Scope scope = Scope.open()) {
      return Tensors.rows(network.of(images));
    }
  }

  /** Indices of the images of a half that could be read, ascending. */
  List<Integer> images(CorpusHalf half) {
    return rows.images(half);
  }

  /** Mean share of high frequencies in the judging half's images. */
  double highFrequency() {
    return rows.highFrequency(CorpusHalf.JUDGING);
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
    return rows.rows(drawn);
  }
}
