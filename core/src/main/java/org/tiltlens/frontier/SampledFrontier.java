package org.tiltlens.frontier;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.IntStream;
import org.tiltlens.feature.Objective;
import org.tiltlens.feature.Ramp;
import org.tiltlens.models.Preset;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.sampling.Course;
import org.tiltlens.sampling.Walk;
import org.tiltlens.study.StudyModels;
import org.tiltlens.synthesis.Guidance;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Particles;
import org.tiltlens.synthesis.Strength;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedClouds;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.synthesis.TwistedSamples;
import org.tiltlens.tilting.Estimate;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * The methods that draw images from the prior.
 *
 * <p>Their KL is to the prior, not to the corpus. All settings share their noise, so that they
 * differ by the setting alone.
 *
 * @param spec what is compared
 * @param preset when guidance acts
 * @param models prior and score
 * @param batching how images go through the networks
 * @param run where what is under way is kept
 */
record SampledFrontier(
    FrontierSpec spec, Preset preset, StudyModels models, Batching batching, RunFolder run) {
  private static final String PATH_KL =
      "path KL, an upper bound of KL(q || p) with noise of Sigma_0 in the last step";

  /** Steps of all images at one setting of a guided sampler. */
  long guidedUnits() {
    return (long) spec.count() * steps();
  }

  /** Steps of all particles at one setting. */
  long twistedUnits() {
    return (long) spec.particles() * steps();
  }

  private int steps() {
    return models.prior().schedule().steps();
  }

  FrontierPoint plugInTilt(double beta, Progress.Task task) {
    return guided(FrontierMethod.PLUG_IN_TILT, tilt(beta), task);
  }

  FrontierPoint constant(double scale, Progress.Task task) {
    Guidance constant = new Guidance.Constant(scale, new Objective.Maximize(), strength());
    return guided(FrontierMethod.CONSTANT, constant, task);
  }

  FrontierPoint twisted(double beta, Progress.Task task) {
    TwistedSampler all =
        new TwistedSampler(
            models.prior(),
            models.score(),
            new Guidance.Tilt(beta, new Objective.Maximize(), Strength.TEMPERED),
            spec.particles(),
            models.ofSet(batching));
    TwistedClouds clouds = new TwistedClouds(all, TwistedClouds.usual(spec.particles()));
    List<TwistedSamples> drawn = new ArrayList<>();
    try {
      for (int cloud = 0; cloud < clouds.clouds(); cloud++) {
        drawn.add(cloud(clouds, cloud, beta, task));
      }
      try (TwistedSamples joined = clouds.joined(drawn)) {
        Particles told = Particles.of(joined);
        return FrontierPoint.of(
                FrontierMethod.TWISTED,
                beta,
                joined.estimate().mean(),
                joined.estimate().kl(),
                "beta m - log Z of the particles, errors from their genealogy and the spread of "
                    + clouds.clouds()
                    + " clouds",
                spec.particles())
            .ofFamilies(told.families(), told.doubt());
      }
    } finally {
      drawn.forEach(TwistedSamples::close);
    }
  }

  private TwistedSamples cloud(TwistedClouds clouds, int cloud, double beta, Progress.Task task) {
    TwistedSampler sampler = clouds.cloud(cloud);
    Course.Twisted course =
        new Course.Twisted(sampler, TwistedClouds.seed(spec.seed(), cloud), models.device());
    Path underWay = underWay(FrontierMethod.TWISTED, beta, cloud, sampler.particles());
    return sampler.finish(walked(course, underWay, task));
  }

  private Guidance.Tilt tilt(double beta) {
    return new Guidance.Tilt(beta, new Objective.Maximize(), strength());
  }

  private Strength strength() {
    return new Strength(Ramp.parse(preset.strength()), preset.offAtEnd());
  }

  /** One image's part in the means. */
  private record Drawn(double score, double pathKl) {}

  private FrontierPoint guided(FrontierMethod method, Guidance guidance, Progress.Task task) {
    GuidedSampler sampler =
        new GuidedSampler(models.prior(), models.score(), guidance, spec.form().step());
    List<Drawn> drawn =
        batching
            .map(
                spec.count(),
                (first, together) ->
                    draw(
                        sampler,
                        IntStream.range(first, first + together).boxed().toList(),
                        underWay(method, guidance.factor(), first, together),
                        task))
            .stream()
            .flatMap(List::stream)
            .toList();
    // A score without bounds may have a gradient without them, and only ancestral steps have one.
    boolean defined = drawn.stream().allMatch(one -> Double.isFinite(one.pathKl));
    return FrontierPoint.of(
        method,
        guidance.factor(),
        mean(drawn, Drawn::score),
        defined ? mean(drawn, Drawn::pathKl) : null,
        defined ? PATH_KL : "not known: see the path KL of `form` ddpm",
        spec.count());
  }

  private List<Drawn> draw(
      GuidedSampler sampler, List<Integer> samples, Path underWay, Progress.Task task) {
    Course.Guided course = new Course.Guided(sampler, spec.seed(), samples, models.device());
    try (Trajectory done = walked(course, underWay, task);
        Scope scope = Scope.open()) {
      double[] scores = Tensors.toDoubles(models.score().finite(models.prior().decode(done.x())));
      return IntStream.range(0, scores.length)
          .mapToObj(i -> new Drawn(scores[i], done.pathKl().get(i)))
          .toList();
    }
  }

  /** Its name tells how many are drawn together, which may change between two processes. */
  private Path underWay(FrontierMethod method, double setting, int first, int together) {
    return run.state(
        "%s-%s-from-%d-of-%d.safetensors".formatted(method.key(), setting, first, together));
  }

  private static <S extends AutoCloseable> S walked(
      Course<S> course, Path underWay, Progress.Task task) {
    try {
      return new Walk(Walk.SAVE_EVERY).finish(course, underWay, task);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Estimate mean(List<Drawn> drawn, ToDoubleFunction<Drawn> of) {
    double[] each = drawn.stream().mapToDouble(of).toArray();
    return Estimate.ofMean(each);
  }
}
