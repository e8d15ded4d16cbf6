package org.tiltlens.sampling;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.run.Progress;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.Stopwatch;
import org.tiltlens.synthesis.GuidedSampler;
import org.tiltlens.synthesis.Trajectory;
import org.tiltlens.torch.Batching;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;

/**
 * How a run draws its samples, and where it keeps them so that a killed run goes on where it
 * stopped.
 *
 * @param seed of the run
 * @param device where samplers compute
 */
public record Sampling(RunFolder run, Walk walk, long seed, Device device, Batching batching) {
  /** The name of the run's own images. */
  public static final String IMAGES = "images";

  /** Far from seeds that people take next to each other. */
  private static final long FOR_PILOTS = 0xD1B54A32D192ED03L;

  /**
   * The same for pilots: one noise for all of them, so that their means differ by beta alone, and
   * not the run's, whose images would else have the wanted mean by construction.
   */
  public Sampling forPilots() {
    return new Sampling(run, walk, seed + FOR_PILOTS, device, batching);
  }

  /** The name of a pilot's samples. */
  public static String pilot(int round) {
    return "pilot-" + round;
  }

  /**
   * What {@code read} finds on each of the run's first samples.
   *
   * @param name of their files: the sampler's own in this run
   * @param read what to take from images (n, 3, H, W), of each one
   */
  public <T> List<T> each(
      String name,
      GuidedSampler sampler,
      int count,
      Function<Tensor, List<T>> read,
      Progress.Task task) {
    try {
      stopwatch(name, false)
          .time(
              task,
              timed ->
                  batching.map(
                      count,
                      (first, together) -> {
                        draw(name, sampler, samples(first, together), timed);
                        return together;
                      }));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return batching
        .map(
            count,
            (first, together) -> {
              List<Path> files =
                  samples(first, together).stream().map(sample -> file(name, sample)).toList();
              try (Trajectory drawn = TrajectoryFile.read(files, device);
                  Scope scope = Scope.open()) {
                return read.apply(sampler.prior().decode(drawn.x()));
              }
            })
        .stream()
        .flatMap(List::stream)
        .toList();
  }

  private static List<Integer> samples(int first, int together) {
    return IntStream.range(first, first + together).boxed().toList();
  }

  /**
   * The stopwatch of what is drawn under a name.
   *
   * @param begun whether some of it is there already
   */
  public Stopwatch stopwatch(String name, boolean begun) throws IOException {
    return new Stopwatch(secondsFile(name), begun);
  }

  /** The seconds that drawing what has a name took; null if they are not known. */
  public Double seconds(String name) throws IOException {
    return Stopwatch.secondsOf(secondsFile(name));
  }

  private Path secondsFile(String name) {
    return run.state(name + "-seconds.json");
  }

  private void draw(String name, GuidedSampler sampler, List<Integer> samples, Progress.Task task) {
    List<Integer> missing =
        samples.stream().filter(sample -> !Files.exists(file(name, sample))).toList();
    int there = samples.size() - missing.size();
    task.skip((long) there * sampler.prior().schedule().steps());
    if (missing.isEmpty()) {
      return;
    }
    Path underWay = run.state(name + "-from-" + missing.get(0) + ".safetensors");
    try {
      walk.eachSample(
          new Course.Guided(sampler, seed, missing, device),
          underWay,
          (sample, drawn) -> TrajectoryFile.write(file(name, sample), drawn),
          task);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A sample that was drawn; the caller closes it. */
  public Trajectory drawn(String name, int sample) {
    return TrajectoryFile.read(file(name, sample), device);
  }

  /** Where a sample that was drawn is kept. */
  public Path file(String name, int sample) {
    return run.state(name + "-" + sample + ".safetensors");
  }
}
