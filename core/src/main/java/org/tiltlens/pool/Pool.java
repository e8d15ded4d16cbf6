package org.tiltlens.pool;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.models.KnownPriorOptions;
import org.tiltlens.models.Prompt;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.RunFolder;
import org.tiltlens.run.Sha256;
import org.tiltlens.run.SpecException;

/**
 * A finished pool: the images of its paths, and what they were made with.
 *
 * @param images rounded to 8 bits, in the paths' order
 * @param size how many of the first paths count
 * @param made how
 */
public record Pool(Corpus images, int size, PoolResult made) implements AutoCloseable {
  public Pool {
    Bounds.within("poolSize", size, 1, images.size());
  }

  /**
   * Opens the pool in a folder.
   *
   * @throws IllegalArgumentException if there is none, or it is damaged
   */
  public static Pool open(Path folder) throws IOException {
    PoolResult made =
        RunFolder.finished(folder, PoolResult.class, "pool")
            .orElseThrow(
                () ->
                    new SpecException(
                        "'%s' is no pool: give {pool}, a folder that `tiltlens pool` wrote",
                        folder));
    if (made.images() == null
        || made.spec() == null
        || made.modelSha256() == null
        || !made.images().matches("images-\\d+[.]zip")) {
      throw new SpecException("'%s' is no pool: its run.json is of another command", folder);
    }
    Path images = folder.resolve(made.images());
    if (!Sha256.of(images).equals(made.imagesSha256())) {
      throw new SpecException(
          "'%s' is damaged: its SHA-256 is not that in run.json; draw the pool again", images);
    }
    Corpus corpus = Corpus.open(images, Framing.crop(made.side()));
    if (corpus.size() != made.spec().count()) {
      corpus.close();
      throw new SpecException(
          "'%s' has %s images, not %s: draw the pool again",
          images, corpus.size(), made.spec().count());
    }
    return new Pool(corpus, corpus.size(), made);
  }

  /** The same pool as if no more paths were drawn. */
  public Pool first(int paths) {
    return new Pool(images, paths, made);
  }

  /**
   * Refuses a pool of another prior or other steps.
   *
   * @param hashes of the prior's files
   */
  public void requireOf(Collection<String> hashes, StepsSpec steps) {
    if (!new TreeSet<>(made.modelSha256().values()).equals(new TreeSet<>(hashes))) {
      throw new SpecException("{pool} was drawn with another prior: draw one with `tiltlens pool`");
    }
    if (!made.spec().steps().equals(steps)) {
      throw new SpecException(
          "{pool} was drawn with the steps %s, not %s: draw one with `tiltlens pool`, or give the"
              + " same steps",
          described(made.spec().steps()), described(steps));
    }
  }

  private static String described(StepsSpec steps) {
    return "%s (%s, %s schedule of %d)"
        .formatted(
            steps.respacing(),
            steps.form().text(),
            StepsSpec.words(steps.schedule()),
            steps.baseSteps());
  }

  /**
   * Refuses a pool of another prompt or other classes, or of a network that was taken for another
   * kind.
   *
   * @param options of the prior, as in its spec
   */
  void requireDrawnBy(Map<String, String> options) {
    Map<String, String> own = made.spec().priorOptions();
    boolean told = Prompt.isSame(own, options);
    for (String name : KnownPriorOptions.MEANINGS) {
      String drawn = own.get(name);
      String asked = options.get(name);
      boolean said = told && Prompt.NAMES.contains(name); // saying nothing says what is usual
      if (!said && !Objects.equals(drawn, asked)) {
        throw new SpecException(
            "{pool} was drawn with %s, not %s: draw one with `tiltlens pool`, or give the same"
                + (Prompt.NAMES.contains(name) ? "" : " {priorOption}"),
            drawn == null ? "no " + name : name + "=" + drawn,
            asked == null ? "none" : name + "=" + asked);
      }
    }
  }

  @Override
  public void close() {
    images.close();
  }
}
