package org.tiltlens.sampling;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.annealing.AnnealedCloud;
import org.tiltlens.annealing.Annealing;
import org.tiltlens.annealing.Goal;
import org.tiltlens.annealing.Pool;
import org.tiltlens.annealing.RenoisedImages;
import org.tiltlens.annealing.Renoising;
import org.tiltlens.synthesis.AscentState;
import org.tiltlens.synthesis.Climb;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.ParticleCloud;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.synthesis.TwistedSampler;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * A sampler's way from noise to images, as a {@link Walk} takes it.
 *
 * @param <S> where it is: all that is needed to go on
 */
public sealed interface Course<S extends AutoCloseable> {
  S start();

  S read(Path file);

  void write(Path file, S state) throws IOException;

  /** Steps taken. */
  int step(S state);

  boolean isDone(S state);

  /** Takes one step; closes what it was given. */
  S advance(S state);

  /** How many images advance together. */
  int images();

  /** A short word on the present state. */
  String note(S state);

  /** Some samples of a guided sampler. */
  record Guided(GuidedSampler sampler, long seed, List<Integer> samples, Device device)
      implements Course<Trajectory> {
    @Override
    public Trajectory start() {
      return sampler.start(seed, samples);
    }

    @Override
    public Trajectory read(Path file) {
      Trajectory kept = TrajectoryFile.read(file, device);
      if (kept.samples().equals(samples)) {
        return kept;
      }
      // Of a group that was larger, or had no room and was halved.
      try (kept) {
        return kept.samples().containsAll(samples) ? kept.rows(samples) : start();
      }
    }

    @Override
    public void write(Path file, Trajectory state) throws IOException {
      TrajectoryFile.write(file, state);
    }

    @Override
    public int step(Trajectory state) {
      return state.step();
    }

    @Override
    public boolean isDone(Trajectory state) {
      return sampler.isDone(state);
    }

    @Override
    public Trajectory advance(Trajectory state) {
      return sampler.advance(state);
    }

    @Override
    public int images() {
      return samples.size();
    }

    @Override
    public String note(Trajectory state) {
      double score = state.score().get(0);
      // An unguided step looks at no score.
      return Double.isNaN(score) ? "" : String.format(Locale.ROOT, "score %.3f", score);
    }
  }

  /** Some images, or one prompt, of a method that climbs to them. */
  record Ascending(Climb climb, long seed, List<Integer> samples) implements Course<AscentState> {
    @Override
    public AscentState start() {
      return climb.start(seed, samples);
    }

    @Override
    public AscentState read(Path file) {
      AscentState kept = AscentFile.read(file);
      if (kept.samples().equals(samples)) {
        return kept;
      }
      // Of a group that was larger, or had no room and was halved.
      try (kept) {
        return kept.samples().containsAll(samples) ? kept.rows(samples) : start();
      }
    }

    @Override
    public void write(Path file, AscentState state) {
      AscentFile.write(file, state);
    }

    @Override
    public int step(AscentState state) {
      return state.step();
    }

    @Override
    public boolean isDone(AscentState state) {
      return climb.isDone(state);
    }

    @Override
    public AscentState advance(AscentState state) {
      return climb.advance(state);
    }

    @Override
    public int images() {
      return samples.size();
    }

    @Override
    public String note(AscentState state) {
      return climb.note(state);
    }
  }

  /** All particles of a twisted sampler. */
  record Twisted(TwistedSampler sampler, long seed, Device device)
      implements Course<ParticleCloud> {
    @Override
    public ParticleCloud start() {
      return sampler.start(seed);
    }

    @Override
    public ParticleCloud read(Path file) {
      return CloudFile.read(file, device);
    }

    @Override
    public void write(Path file, ParticleCloud state) {
      CloudFile.write(file, state);
    }

    @Override
    public int step(ParticleCloud state) {
      return state.step();
    }

    @Override
    public boolean isDone(ParticleCloud state) {
      return sampler.isDone(state);
    }

    @Override
    public ParticleCloud advance(ParticleCloud state) {
      return sampler.advance(state);
    }

    @Override
    public int images() {
      return sampler.particles();
    }

    @Override
    public String note(ParticleCloud state) {
      return String.format(
          Locale.ROOT, "ESS %.1f of %d", state.ess().get(state.step() - 1), state.size());
    }
  }

  /** All particles of an annealed run. */
  record Annealed(Annealing annealing, long seed, Pool pool, Device device)
      implements Course<AnnealedCloud> {
    @Override
    public AnnealedCloud start() {
      return annealing.start(seed, pool);
    }

    @Override
    public AnnealedCloud read(Path file) {
      return AnnealedFile.read(file, device);
    }

    @Override
    public void write(Path file, AnnealedCloud state) {
      AnnealedFile.write(file, state);
    }

    /** Moves, and tilts after the first. */
    @Override
    public int step(AnnealedCloud state) {
      return state.rungs().size()
          - 1
          + state.rungs().stream().mapToInt(rung -> rung.moves().size()).sum();
    }

    @Override
    public boolean isDone(AnnealedCloud state) {
      return annealing.isDone(state);
    }

    @Override
    public AnnealedCloud advance(AnnealedCloud state) {
      return annealing.advance(state);
    }

    @Override
    public int images() {
      return annealing.settings().particles();
    }

    @Override
    public String note(AnnealedCloud state) {
      return String.format(
          Locale.ROOT,
          "beta %.4g, mean score %.4g%s, rung %d, %d different paths",
          state.beta(),
          state.scores().stream().mapToDouble(Double::doubleValue).average().orElseThrow(),
          annealing.goal() instanceof Goal.Mean wanted
              ? String.format(Locale.ROOT, " of %.4g wanted", wanted.mean())
              : "",
          state.rungs().size(),
          state.distinct());
    }
  }

  /**
   * Images of a corpus that are moved by re-noising.
   *
   * @param real they themselves, (N, C, H, W), asked for where they have not moved yet
   * @param origins which of the corpus they are
   */
  record Renoised(
      Renoising renoising, long seed, Supplier<Tensor> real, List<Integer> origins, Device device)
      implements Course<RenoisedImages> {
    @Override
    public RenoisedImages start() {
      try (Scope scope = Scope.open()) {
        return renoising.start(seed, real.get(), origins);
      }
    }

    @Override
    public RenoisedImages read(Path file) {
      return RenoisedFile.read(file, device);
    }

    @Override
    public void write(Path file, RenoisedImages state) {
      RenoisedFile.write(file, state);
    }

    @Override
    public int step(RenoisedImages state) {
      return state.moves().size();
    }

    @Override
    public boolean isDone(RenoisedImages state) {
      return renoising.isDone(state);
    }

    @Override
    public RenoisedImages advance(RenoisedImages state) {
      return renoising.advance(state);
    }

    @Override
    public int images() {
      return origins.size();
    }

    @Override
    public String note(RenoisedImages state) {
      return String.format(
          Locale.ROOT,
          "%d of %d images moved",
          state.size() - state.unmoved().size(),
          state.size());
    }
  }
}
