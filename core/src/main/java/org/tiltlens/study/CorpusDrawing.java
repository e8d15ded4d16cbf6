package org.tiltlens.study;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.annealing.Drift;
import org.tiltlens.annealing.PathSampler;
import org.tiltlens.annealing.RenoisedImages;
import org.tiltlens.annealing.Renoising;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.harvest.CorpusScores;
import org.tiltlens.harvest.SkippedFile;
import org.tiltlens.models.Named;
import org.tiltlens.run.Progress;
import org.tiltlens.run.SpecException;
import org.tiltlens.sampling.Course;
import org.tiltlens.sampling.Sampling;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.synthesis.Estimates;
import org.tiltlens.synthesis.Retrieval;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.tilting.Aim;
import org.tiltlens.tilting.ScoreSample;
import org.tiltlens.tilting.Target;
import org.tiltlens.tilting.TiltEstimate;
import org.tiltlens.tilting.TiltedScores;
import org.tiltlens.tilting.Tilting;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Draws images of a corpus by the weights of its own tilt, and moves them to new ones. */
final class CorpusDrawing {
  /** Far from seeds that people take next to each other. */
  private static final long DRIFT = 0x9E3779B97F4A7C15L;

  /** Fewer tell no drift. */
  private static final int FEWEST_DRIFTING = 16;

  private final StudySpec spec;
  private final RenoisedGuidance from;
  private final StudyModels models;
  private final Sampling sampling;
  private final FinishedImages finished;
  private final Corpus corpus;

  private CorpusDrawing(
      StudySpec spec,
      StudyModels models,
      Sampling sampling,
      FinishedImages finished,
      Corpus corpus) {
    this.spec = spec;
    this.from = (RenoisedGuidance) spec.guidance();
    this.models = models;
    this.sampling = sampling;
    this.finished = finished;
    this.corpus = corpus;
  }

  /** How far {@link #draw} advances its task. */
  static long units(StudySpec spec, long steps) {
    long moves = ((RenoisedGuidance) spec.guidance()).moves();
    return moves * (spec.count() + drifting(spec)) + steps * spec.count();
  }

  private static int drifting(StudySpec spec) {
    return Math.max(spec.count(), FEWEST_DRIFTING);
  }

  /** Hashes of a run's files, and of its corpus if it starts from one. */
  static Map<String, String> identified(StudySpec spec, Map<String, String> hashes)
      throws IOException {
    if (!(spec.guidance() instanceof RenoisedGuidance from)) {
      return hashes;
    }
    try (Corpus corpus = open(from)) {
      Map<String, String> all = new TreeMap<>(hashes);
      all.put(from.images(), corpus.fingerprint(Math.min(from.limit(), corpus.size())));
      return all;
    }
  }

  private static Corpus open(RenoisedGuidance from) throws IOException {
    return Corpus.open(Named.resolve(from.images()), from.framing());
  }

  /** Draws and moves all images, or goes on where an earlier process stopped. */
  static StudyResult.UnitResult draw(
      StudySpec spec,
      StudyModels models,
      Sampling sampling,
      FinishedImages finished,
      Progress.Task task)
      throws IOException {
    try (Corpus corpus = open((RenoisedGuidance) spec.guidance())) {
      return new CorpusDrawing(spec, models, sampling, finished, corpus).draw(task);
    }
  }

  private StudyResult.UnitResult draw(Progress.Task task) throws IOException {
    models.prior().requireNoMixture("a start from a corpus");
    requireShape();
    CorpusScores scores = scores(task);
    double[] energies = energies(scores.scores());
    ScoreSample sample = ScoreSample.of(energies);
    Target target = spec.target() == null ? null : Aim.complete(spec.target(), sample);
    double beta = target == null ? spec.beta() : Tilting.solve(sample, target.activation());
    PathSampler paths =
        PathSampler.of(
            models.prior(), spec.steps().form().step(), models.score(), spec.objective());
    Renoising renoising =
        Renoising.of(paths, beta, from.moves(), models.ofSet(sampling.batching()));
    List<Integer> chosen =
        Retrieval.of(Arrays.stream(energies).boxed().toList(), beta)
            .drawn(spec.count(), spec.seed());
    try (RenoisedImages end =
        sampling
            .stopwatch(Sampling.IMAGES, false)
            .time(
                task,
                timed ->
                    moved("renoised", renoising, spec.seed(), images(scores, chosen), timed))) {
      Drift drift = drift(renoising.withBeta(0), scores, task);
      List<StudyResult.ImageResult> shown =
          finished.of(
              image -> sample(end, image),
              image -> end.origins().get(image),
              sampling.batching(),
              task);
      TiltedScores tilt = sample.tilted(beta);
      return finished.result(
          new Aim(beta, target, null, List.of(), null),
          shown,
          estimates(shown, end, tilt, sample.size()),
          report(end, tilt, sample.size(), renoising, drift));
    }
  }

  private void requireShape() {
    long[] drawn = models.prior().imageShape();
    long[] read = {3, from.framing().size(), from.framing().size()};
    if (!Arrays.equals(drawn, read)) {
      throw new SpecException(
          "the prior draws images %s, those of the corpus are read as %s: give another"
              + " {imageSize}",
          Tensors.describe(drawn), Tensors.describe(read));
    }
  }

  private CorpusScores scores(Progress.Task task) {
    task.note("scoring the corpus");
    CorpusScores scores =
        CorpusScores.of(
            corpus,
            Math.min(from.limit(), corpus.size()),
            models.score(),
            models.device(),
            sampling.batching().lanes(),
            images -> task.skip(0));
    if (scores.images().size() < 2 * drifting(spec)) {
      throw new SpecException(
          "{images} has %s images with a score: %s are needed, to tell how far re-noising drifts",
          scores.images().size(), 2 * drifting(spec));
    }
    return scores;
  }

  private double[] energies(List<Double> scores) {
    return spec.objective().of(scores.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static List<Integer> images(CorpusScores scores, List<Integer> places) {
    return places.stream().map(scores.images()::get).toList();
  }

  /** All moves of some images of the corpus; the caller closes them. */
  private RenoisedImages moved(
      String name, Renoising renoising, long seed, List<Integer> images, Progress.Task task)
      throws IOException {
    Course.Renoised course =
        new Course.Renoised(renoising, seed, () -> read(images), images, models.device());
    var underWay = sampling.run().state(name + ".safetensors");
    RenoisedImages end = sampling.walk().finish(course, underWay, task);
    try {
      course.write(underWay, end);
    } catch (RuntimeException | Error e) {
      end.close();
      throw e;
    }
    return end;
  }

  /** (n, 3, H, W), for the caller's scope. */
  private Tensor read(List<Integer> images) {
    return corpus.read(images).orElseThrow().images();
  }

  /** Images are drawn evenly, and as many others to compare what becomes of them with. */
  private Drift drift(Renoising still, CorpusScores scores, Progress.Task task) throws IOException {
    long seed = spec.seed() + DRIFT;
    int many = drifting(spec);
    List<Integer> mixed =
        LongStream.of(Noise.permutation(seed, 0, 0, scores.images().size()))
            .mapToObj(Math::toIntExact)
            .toList();
    List<Integer> start = mixed.subList(0, many);
    List<Integer> others = mixed.subList(many, 2 * many);
    try (Scope scope = Scope.open();
        RenoisedImages end = moved("drift", still, seed, images(scores, start), task)) {
      return Drift.of(
          still.paths().ends(read(images(scores, start))),
          still.paths().ends(read(images(scores, others))),
          end,
          energies(start.stream().map(scores.scores()::get).toList()),
          energies(end.scores()));
    }
  }

  private Trajectory sample(RenoisedImages end, int row) {
    try (Scope scope = Scope.open()) {
      return new Trajectory(
          spec.seed(),
          List.of(row),
          models.prior().schedule().steps(),
          Scope.keepForever(end.x().narrow(0, row, 1).clone()),
          List.of(Double.NaN),
          List.of(end.scores().get(row)));
    }
  }

  private static String estimator(long images) {
    return "importance weights of %d corpus images".formatted(images);
  }

  /** The mean is that of the images shown, log Z and KL are the corpus' own. */
  private static Estimates estimates(
      List<StudyResult.ImageResult> shown, RenoisedImages end, TiltedScores tilt, long images) {
    TiltEstimate known = tilt.estimate();
    return new Estimates(
        Estimates.ofRelatives(StudyResult.ImageResult.scores(shown), end.origins()),
        null,
        Estimated.of(known.kl(), estimator(images)),
        Estimated.of(known.logZ(), estimator(images)),
        null);
  }

  private RenoisedReport report(
      RenoisedImages end, TiltedScores tilt, long images, Renoising renoising, Drift drift)
      throws IOException {
    List<RenoisedReport.Origin> origins = new ArrayList<>();
    IntStream.range(0, end.size())
        .forEach(
            i -> {
              int index = end.origins().get(i);
              origins.add(
                  new RenoisedReport.Origin(index, corpus.name(index), end.accepted().get(i)));
            });
    return new RenoisedReport(
        images,
        tilt.ess(),
        Estimated.of(tilt.estimate().mean(), estimator(images)),
        end.ancestors(),
        end.size() - end.unmoved().size(),
        origins,
        renoising.evaluations(end.moves()),
        end.moves(),
        SkippedFile.write(corpus, Math.min(from.limit(), corpus.size()), sampling.run()),
        drift);
  }
}
