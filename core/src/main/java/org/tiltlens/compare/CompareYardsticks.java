package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.IntFunction;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.diffusion.AncestralStep;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.UnguidedSampler;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.Diversity;
import org.tiltlens.metrics.Interval;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.WholeFile;
import org.tiltlens.study.StudyModels;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.torch.Warp;

/**
 * Images that everybody knows, measured as those of the methods: what a number says of them is what
 * it can be trusted to say of others.
 *
 * @param rows have the corpus read
 */
record CompareYardsticks(
    CompareContext context, Corpus corpus, CompareSpace space, ComparedRows rows) {
  private static final double BLACK = -1;
  private static final double LIFTED = 10 * 2 / 255.0;
  private static final double TINT = 0.2;

  /** Of the tint: red, green, blue in [-1, 1]. */
  private static final List<Double> PALE = List.of(1.0, 0.8, 0.6);

  /** What is known of them. */
  record Found(int calibratingImages, int judgingImages, List<CompareResult.Yardstick> rows) {}

  /** Images of a kind, each (1, 3, H, W) in the innermost scope. */
  private record Kind(String key, String label, String meaning, IntFunction<Tensor> images) {}

  /** Measures them, or returns what an earlier process found. */
  Found measured() throws IOException {
    String where = context.shared("yardsticks-" + context.spec().count());
    return RunFolder.renew(
        context.folder().resolve(where),
        Found.class,
        identity(),
        found -> true,
        run -> {
          rows.readCorpus();
          return found(run, where);
        });
  }

  private String identity() {
    CompareSpec spec = context.spec();
    Map<String, Object> decides = new LinkedHashMap<>();
    decides.put("count", spec.count());
    decides.put("respacing", spec.respacing());
    decides.put("measures", spec.measures());
    decides.put("seed", spec.seed());
    return RunIdentity.of(
        Compare.COMMAND, decides, context.files(), context.corpus(), context.execution());
  }

  private Found found(RunFolder run, String where) {
    int feature = context.spec().features().get(0);
    Prior prior =
        StudyModels.open(
                context.study(feature, 0.0), context.shelf(), context.device(), Progress.SILENT)
            .prior();
    FreeMeasure free = FreeMeasure.of(context, space);
    List<Kind> kinds = kinds(prior);
    try (Progress.Task task =
        Cancellable.begin(
            context.progress(),
            "measuring yardsticks",
            context.spec().count() * kinds.size() * free.units())) {
      List<CompareResult.Yardstick> found = new ArrayList<>();
      for (Kind kind : kinds) {
        found.add(measured(kind, free, run, where, task));
      }
      return new Found(
          space.images(CorpusHalf.CALIBRATING).size(),
          space.images(CorpusHalf.JUDGING).size(),
          found);
    }
  }

  private List<Kind> kinds(Prior prior) {
    long seed = context.spec().seed();
    List<Integer> half = space.images(CorpusHalf.CALIBRATING);
    long[] order = Noise.permutation(seed, 1, 0, half.size());
    IntFunction<Tensor> natural =
        i -> DrawnImages.read(half.get((int) order[i % order.length]), corpus).unsqueeze(0);
    return List.of(
        new Kind(
            "natural",
            "natural images",
            "images of the corpus' calibrating half, drawn alike: the floor of what is told of the"
                + " corpus",
            natural),
        new Kind(
            "prior",
            "the prior's samples",
            "unguided samples of the diffusion model",
            i -> new UnguidedSampler(prior, new AncestralStep()).sample(seed, i)),
        new Kind(
            "black",
            "black",
            "a black image, many times",
            i -> Tensors.full(BLACK, Tensors.shape(natural.apply(i)))),
        new Kind(
            "lifted",
            "natural, lifted",
            "the natural images, 10 of 255 levels brighter",
            i -> Tensors.clamp(Tensors.plus(natural.apply(i), LIFTED), -1, 1)),
        new Kind(
            "blurred",
            "natural, blurred",
            "the natural images, each pixel the mean of the 3 x 3 around it",
            i -> blurred(natural.apply(i))),
        new Kind(
            "tinted",
            "natural, tinted",
            "the natural images under a fifth of a pale orange",
            i -> tinted(natural.apply(i))),
        new Kind(
            "noise",
            "noise",
            "all levels of all pixels equally likely",
            i -> noise(seed, i, Tensors.shape(natural.apply(i)))));
  }

  private static Tensor noise(long seed, int i, long... shape) {
    return Tensors.plus(Tensors.scale(Noise.uniform(seed, -3L - i, 0, shape), 2), -1);
  }

  private static Tensor blurred(Tensor x) {
    Tensor sum = Tensors.zeros(Tensors.shape(x));
    for (int right = -1; right <= 1; right++) {
      for (int down = -1; down <= 1; down++) {
        sum = sum.add(Warp.roll(x, right, down));
      }
    }
    return Tensors.scale(sum, 1 / 9.0);
  }

  private static Tensor tinted(Tensor x) {
    double[] tint = PALE.stream().mapToDouble(level -> TINT * level).toArray();
    return Tensors.scale(x, 1 - TINT)
        .add(Tensors.float32(Tensors.doubles(tint, 1, tint.length, 1, 1)));
  }

  /** One image and its numbers. */
  private record One(String file, FreeMeasure.Numbers numbers, double[] features) {}

  private CompareResult.Yardstick measured(
      Kind kind, FreeMeasure free, RunFolder run, String where, Progress.Task task) {
    List<One> each =
        context.lanes().map(context.spec().count(), i -> one(kind, i, free, run, where, task));
    double[][] rows = each.stream().map(One::features).toArray(double[][]::new);
    Bootstrap bootstrap = new Bootstrap(context.spec().seed());
    Map<ComparedNumber, Interval> numbers = new EnumMap<>(ComparedNumber.class);
    mean(ComparedNumber.BITS_PER_DIM, each, one -> one.bits().all(), numbers);
    mean(ComparedNumber.BITS_OF_LAST_STEPS, each, one -> one.bits().last(), numbers);
    mean(ComparedNumber.SLOW_BITS_PER_DIM, each, FreeMeasure.Numbers::slowBits, numbers);
    mean(ComparedNumber.QUALITY, each, FreeMeasure.Numbers::quality, numbers);
    mean(ComparedNumber.HIGH_FREQUENCY, each, FreeMeasure.Numbers::highFrequency, numbers);
    numbers.put(
        ComparedNumber.FRECHET_CORPUS,
        bootstrap.of(rows.length, space.corpus().frechet().resampling(rows)));
    numbers.put(
        ComparedNumber.KERNEL_CORPUS,
        bootstrap.of(rows.length, space.corpus().kernel().resampling(rows)));
    space
        .corpus()
        .divergence(rows)
        .ifPresent(
            kl ->
                numbers.put(
                    ComparedNumber.KL_FROM_IMAGES,
                    new Interval(kl.value(), null, null, rows.length)));
    double diversity = Diversity.cosine(rows);
    numbers.put(ComparedNumber.DIVERSITY, new Interval(diversity, null, null, rows.length));
    return new CompareResult.Yardstick(
        kind.key, kind.label, kind.meaning, each.stream().map(One::file).toList(), numbers);
  }

  /** Nothing where it was not asked for. */
  private void mean(
      ComparedNumber number,
      List<One> images,
      Function<FreeMeasure.Numbers, Double> of,
      Map<ComparedNumber, Interval> numbers) {
    if (of.apply(images.get(0).numbers) != null) {
      double[] each = images.stream().mapToDouble(one -> of.apply(one.numbers)).toArray();
      numbers.put(number, new Bootstrap(context.spec().seed()).ofMean(each));
    }
  }

  private One one(
      Kind kind, int i, FreeMeasure free, RunFolder run, String where, Progress.Task task) {
    try (Scope scope = Scope.open()) {
      String name = kind.key + "-" + i;
      Tensor x = Images.written(context.device().place(kind.images.apply(i)));
      WholeFile.writePng(run.file(name + ".png"), Images.toImage(x.select(0, 0)));
      return new One(where + "/" + name + ".png", free.of(x, i, name, run, task), space.see(x)[0]);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
