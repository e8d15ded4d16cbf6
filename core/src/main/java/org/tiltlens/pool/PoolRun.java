package org.tiltlens.pool;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.models.FileHashes;
import org.tiltlens.models.KnownPriorOptions;
import org.tiltlens.models.ModelShelf;
import org.tiltlens.models.PriorFile;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Cancellable;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.RunIdentity;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.SpecException;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.run.Version;
import org.tiltlens.run.WholeFile;
import org.tiltlens.sampling.Course;
import org.tiltlens.sampling.Walk;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Scope;

/** Draws a pool, or more paths of one, or goes on with one that was killed. */
public final class PoolRun {
  private static final String COMMAND = "pool";

  private final PoolSpec spec;
  private final Execution execution;
  private final Map<String, String> hashes;
  private final Duration saveEvery;
  private final Elsewhere elsewhere;
  private final long start = System.nanoTime();

  private PoolRun(
      PoolSpec spec,
      Execution execution,
      Map<String, String> hashes,
      Duration saveEvery,
      Elsewhere elsewhere) {
    this.spec = spec;
    this.execution = execution;
    this.hashes = hashes;
    this.saveEvery = saveEvery;
    this.elsewhere = elsewhere;
  }

  /** Draws paths in other processes, by {@link #paths}. */
  @FunctionalInterface
  public interface Elsewhere {
    /**
     * Draws paths.
     *
     * @param paths their numbers, ascending, none of which is there
     * @param folder where their pictures go, under the names that {@link #paths} gives them
     */
    void draw(List<Integer> paths, Path folder) throws IOException;
  }

  /** Where a pool goes by default: the same whatever its size. */
  public static Path defaultFolder(PoolSpec spec) {
    return RunFolder.usual(COMMAND, spec.withCount(1));
  }

  /**
   * The pool in {@code folder}, with as many paths as the spec says or the more that are there.
   *
   * @throws IllegalArgumentException if the spec does not fit the prior, or the folder holds
   *     something else
   * @throws IOException if files cannot be read or written
   */
  public static PoolResult run(PoolSpec spec, Execution execution, Path folder, Progress progress)
      throws IOException {
    return run(spec, execution, folder, progress, null);
  }

  /**
   * The same with paths that are drawn elsewhere.
   *
   * @param elsewhere null to draw them here
   */
  public static PoolResult run(
      PoolSpec spec, Execution execution, Path folder, Progress progress, Elsewhere elsewhere)
      throws IOException {
    try (ModelShelf shelf = new ModelShelf()) {
      return run(spec, execution, folder, progress, Walk.SAVE_EVERY, shelf, elsewhere);
    }
  }

  /**
   * Draws some paths, or goes on where that was killed: each is the same in whatever pool.
   *
   * @param paths their numbers, ascending, one after the other
   * @param folder where their pictures go, and what is unfinished waits
   * @param shelf has the prior, and stays open
   * @return the pictures, in the paths' order
   */
  public static List<Path> paths(
      PoolSpec spec,
      Execution execution,
      List<Integer> paths,
      Path folder,
      ModelShelf shelf,
      Progress.Task task) {
    int from = paths.get(0);
    int to = paths.get(paths.size() - 1) + 1;
    PoolRun run = new PoolRun(spec.withCount(to), execution, Map.of(), Walk.SAVE_EVERY, null);
    Device device = execution.place();
    Prior prior = shelf.prior(spec.prior(), spec.priorOptions(), spec.steps().noise(), device);
    GuidedSampler sampler = GuidedSampler.unguided(prior, spec.steps().form().step());
    int group = execution.batching().ofSet(device, prior.imageShape()).together();
    Walk walk = new Walk(run.saveEvery);
    int begin = from / group * group;
    Batching.inTurn(
        (to - begin + group - 1) / group * group,
        group,
        (each, together) -> {
          int first = begin + each;
          run.draw(folder, walk, sampler, Math.max(from, first), first, together, device, task);
          return each;
        });
    return paths.stream().map(path -> PoolImages.drawn(folder, path)).toList();
  }

  /**
   * The same with networks from a shelf, which stays open.
   *
   * @param saveEvery how long work that is under way may stay unsaved
   */
  static PoolResult run(
      PoolSpec spec,
      Execution execution,
      Path folder,
      Progress progress,
      Duration saveEvery,
      ModelShelf shelf)
      throws IOException {
    return run(spec, execution, folder, progress, saveEvery, shelf, null);
  }

  private static PoolResult run(
      PoolSpec spec,
      Execution execution,
      Path folder,
      Progress progress,
      Duration saveEvery,
      ModelShelf shelf,
      Elsewhere elsewhere)
      throws IOException {
    KnownPriorOptions.check(spec.priorOptions());
    execution.place();
    Map<String, String> hashes =
        FileHashes.of(PriorFile.names(spec.prior(), spec.priorOptions()), progress);
    PoolRun run = new PoolRun(spec, execution, hashes, saveEvery, elsewhere);
    String identity = identity(spec, hashes, execution);
    PoolResult made =
        RunFolder.renew(
            folder,
            PoolResult.class,
            identity,
            found -> run.isEnough(found, identity, folder),
            files -> run.drawn(files, folder, shelf, progress));
    PoolImages.deleteOthers(folder, made.images());
    return made;
  }

  /** Refuses a damaged one: what grows from it would be vouched for by a hash of its own. */
  private boolean isEnough(PoolResult found, String identity, Path folder) {
    RunFolder.requireSame(folder, identity, identity(found));
    boolean enough = found.spec().count() >= spec.count();
    if (!enough) {
      requireWhole(folder);
    }
    return enough;
  }

  private static void requireWhole(Path folder) {
    try {
      Pool.open(folder).close();
    } catch (NoSuchFileException e) {
      throw new SpecException("'%s' is missing: draw the pool again", e.getFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All that decides a pool but for its size and its files. */
  private record Decisive(Map<String, String> priorOptions, StepsSpec steps, long seed) {}

  /**
   * All that decides a spec's pool but for its size, as one text: of the prior and its tokenizer
   * what they hold, not where they lie.
   */
  static String identity(PoolSpec spec, Map<String, String> hashes, Execution execution) {
    return identity(Version.NUMBER, spec, hashes, execution);
  }

  /** The same of a finished one; see {@link RunIdentity}. */
  public static String identity(PoolResult found) {
    return identity(found.tiltlens(), found.spec(), found.modelSha256(), found.execution());
  }

  private static String identity(
      String release, PoolSpec spec, Map<String, String> hashes, Execution execution) {
    Map<String, String> files = new TreeMap<>();
    files.putAll(inside(spec.prior(), "", hashes));
    Map<String, String> options = new TreeMap<>(spec.priorOptions());
    String tokenizer = options.remove(KnownPriorOptions.TOKENIZER);
    if (tokenizer != null) {
      files.putAll(inside(tokenizer, KnownPriorOptions.TOKENIZER, hashes));
    }
    return RunIdentity.of(
        release, COMMAND, new Decisive(options, spec.steps(), spec.seed()), files, null, execution);
  }

  /** The files of a model, by their places in it. */
  private static Map<String, String> inside(String model, String as, Map<String, String> hashes) {
    Map<String, String> files = new TreeMap<>();
    hashes.forEach(
        (name, hash) -> {
          if (FileHashes.isOf(model, name)) {
            files.put(as + name.substring(model.length()), hash);
          }
        });
    return files;
  }

  private PoolResult drawn(RunFolder files, Path folder, ModelShelf shelf, Progress progress)
      throws IOException {
    Optional<PoolResult> before = RunFolder.finished(folder, PoolResult.class);
    int there = before.map(found -> found.spec().count()).orElse(0);
    Device device = execution.place();
    Prior prior = shelf.prior(spec.prior(), spec.priorOptions(), spec.steps().noise(), device);
    Path state = files.state("");
    if (elsewhere == null) {
      drawHere(state, there, prior, device, progress);
    } else {
      List<Integer> missing =
          IntStream.range(there, spec.count())
              .filter(path -> !Files.exists(PoolImages.drawn(state, path)))
              .boxed()
              .toList();
      if (!missing.isEmpty()) {
        elsewhere.draw(missing, state);
      }
    }
    String images = PoolImages.write(files, before.map(PoolResult::images), there, spec.count());
    return new PoolResult(
        Version.NUMBER,
        Engine.version(),
        COMMAND,
        spec,
        execution,
        hashes,
        Stopwatch.secondsSince(start),
        Math.toIntExact(prior.imageShape()[2]),
        images,
        Sha256.of(files.file(images)));
  }

  private void drawHere(Path state, int there, Prior prior, Device device, Progress progress) {
    GuidedSampler sampler = GuidedSampler.unguided(prior, spec.steps().form().step());
    // Whole groups, so that a path has the same bits in every pool.
    Batching batching = execution.batching().ofSet(device, prior.imageShape());
    int group = batching.together();
    int begun = there / group;
    int groups = (spec.count() + group - 1) / group - begun;
    Walk walk = new Walk(saveEvery);
    try (Progress.Task task =
        Cancellable.begin(
            progress,
            "drawing a pool of %d paths".formatted(spec.count()),
            (long) groups * group * prior.schedule().steps(),
            new Counted("paths", prior.schedule().steps()))) {
      batching.map(
          groups * group,
          (each, together) -> {
            int first = begun * group + each;
            draw(state, walk, sampler, Math.max(there, first), first, together, device, task);
            return each;
          });
    }
  }

  /**
   * Draws a group of paths, all of it whatever is missing.
   *
   * @param from paths before are there
   */
  private void draw(
      Path state,
      Walk walk,
      GuidedSampler sampler,
      int from,
      int first,
      int together,
      Device device,
      Progress.Task task) {
    List<Integer> wanted =
        IntStream.range(from, Math.min(first + together, spec.count())).boxed().toList();
    List<Integer> missing =
        wanted.stream().filter(path -> !Files.exists(PoolImages.drawn(state, path))).toList();
    if (missing.isEmpty()) {
      task.skip((long) together * sampler.prior().schedule().steps());
      return;
    }
    List<Integer> all = IntStream.range(first, first + together).boxed().toList();
    try {
      walk.eachSample(
          new Course.Guided(sampler, spec.seed(), all, device),
          state.resolve("from-" + first + ".safetensors"),
          (path, trajectory) -> {
            if (missing.contains(path)) {
              try (Scope scope = Scope.open()) {
                Tensor image = sampler.prior().decode(trajectory.x());
                WholeFile.writePng(
                    PoolImages.drawn(state, path), Images.toImage(image.select(0, 0)));
              }
            }
          },
          task);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
