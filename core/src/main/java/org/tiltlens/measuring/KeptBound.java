package org.tiltlens.measuring;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.diffusion.Prior;
import org.tiltlens.diffusion.VariationalBound;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.CancelledException;

/**
 * The {@link VariationalBound} of images over a prior's own steps, as numbers that are added up on
 * disk now and then.
 *
 * <p>Safe to use from several threads, each with images of its own.
 *
 * @param bound over which steps
 * @param seed names the noise, with the sample's number
 * @param saveEvery how long work that is under way may stay unsaved
 */
public record KeptBound(VariationalBound bound, long seed, Duration saveEvery) {
  /** Over a prior's own steps. */
  public KeptBound(Prior prior, long seed, Duration saveEvery) {
    this(new VariationalBound(prior), seed, saveEvery);
  }

  /** How far {@link #of} advances its task. */
  public long units() {
    return bound.prior().schedule().steps();
  }

  /**
   * Bits per dimension of one image, from where an earlier process left them.
   *
   * @param image (1, C, H, W)
   * @param underWay where what is added up so far is kept
   */
  public double of(Tensor image, int sample, Path underWay, Progress.Task task) throws IOException {
    return bits(image, sample, underWay, task).all();
  }

  /** The same with the last two terms apart. */
  public VariationalBound.Bits bits(Tensor image, int sample, Path underWay, Progress.Task task)
      throws IOException {
    VariationalBound.Partial partial =
        Files.exists(underWay)
            ? Json.read(underWay, null, VariationalBound.Partial.class)
            : VariationalBound.Partial.NONE;
    task.skip(partial.terms());
    long saved = System.nanoTime();
    while (!bound.isDone(partial)) {
      int terms = partial.terms();
      partial = bound.advance(partial, image, seed, sample);
      boolean due = bound.isDone(partial) || System.nanoTime() - saved >= saveEvery.toNanos();
      if (due) {
        write(underWay, partial);
        saved = System.nanoTime();
      }
      try {
        task.advance(partial.terms() - terms);
      } catch (CancelledException e) {
        write(underWay, partial);
        throw e;
      }
    }
    return bound.bits(partial, image, seed, sample);
  }

  private static void write(Path file, VariationalBound.Partial partial) throws IOException {
    WholeFile.writeText(file, Json.write(partial));
  }
}
