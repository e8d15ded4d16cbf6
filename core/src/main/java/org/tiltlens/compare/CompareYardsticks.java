package org.tiltlens.compare;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.metrics.Bootstrap;
import org.tiltlens.metrics.Diversity;
import org.tiltlens.metrics.Interval;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.WholeFile;
import org.tiltlens.study.StudyModels;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;

/**
 * Images that everybody knows, measured as those of the methods: what a number says of them is what
 * it can be trusted to say of others.
 *
 * @param rows have the corpus read
 */
record CompareYardsticks(
    CompareContext context, Corpus corpus, CompareSpace space, ComparedRows rows) {
  /** What is known of them. */
  record Found(int calibratingImages, int judgingImages, List<CompareResult.Yardstick> rows) {}

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
    FreeMeasure free = FreeMeasure.of(context, prior, space);
    List<Integer> half = space.images(CorpusHalf.CALIBRATING);
    long[] order = Noise.permutation(context.spec().seed(), 1, 0, half.size());
    List<KnownImages> kinds =
        KnownImages.all(
            i -> DrawnImages.read(half.get((int) order[i % order.length]), corpus).unsqueeze(0),
            prior,
            context.spec().seed());
    long units = context.spec().count() * kinds.size() * free.units();
    try (Progress.Task task =
        Cancellable.begin(
            context.progress(), "measuring yardsticks", units, Counted.share(units))) {
      List<CompareResult.Yardstick> found = new ArrayList<>();
      for (KnownImages kind : kinds) {
        found.add(measured(kind, free, run, where, task));
      }
      return new Found(
          space.images(CorpusHalf.CALIBRATING).size(),
          space.images(CorpusHalf.JUDGING).size(),
          found);
    }
  }

  /** One image and its numbers. */
  private record One(String file, FreeMeasure.Numbers numbers, double[] features) {}

  private CompareResult.Yardstick measured(
      KnownImages kind, FreeMeasure free, RunFolder run, String where, Progress.Task task) {
    List<One> each =
        context
            .batching()
            .each(context.spec().count(), some -> some(kind, some, free, run, where, task));
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
        kind.key(), kind.label(), kind.meaning(), each.stream().map(One::file).toList(), numbers);
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

  private List<One> some(
      KnownImages kind,
      List<Integer> images,
      FreeMeasure free,
      RunFolder run,
      String where,
      Progress.Task task) {
    try (Scope scope = Scope.open()) {
      Tensor x = Images.written(context.device().place(kind.images().apply(images)));
      double[][] features = space.see(x);
      List<FreeMeasure.Numbers> numbers = free.of(x, images, kind.key() + "-", run, task);
      List<One> some = new ArrayList<>();
      for (int i = 0; i < images.size(); i++) {
        String file = kind.key() + "-" + images.get(i) + ".png";
        WholeFile.writePng(run.file(file), Images.toImage(x.select(0, i)));
        some.add(new One(where + "/" + file, numbers.get(i), features[i]));
      }
      return some;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
