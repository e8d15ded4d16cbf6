package org.tiltlens.study;

import java.util.List;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.run.SpecException;
import org.tiltlens.tilting.Target;

/**
 * Samples of many features that start from one pool.
 *
 * @param like what is asked of each feature; its own unit says nothing
 * @param features which
 */
public record ManySpec(StudySpec like, List<Integer> features) {
  public ManySpec {
    features = List.copyOf(features);
    if (features.isEmpty()) {
      throw new SpecException("no feature: give {features}, such as 0,5,81 or all");
    }
    if (!(like.guidance() instanceof ExactGuidance exact)
        || !(exact.pool() instanceof PoolChoice.Kept)) {
      throw new SpecException(
          "many features start from one pool that is there: give {guidance} exact and {pool}, a"
              + " folder that `tiltlens pool` wrote");
    }
    if (like.models().harvest() == null) {
      throw new SpecException("give {harvest}, a table that `tiltlens harvest` wrote");
    }
  }

  /** What is asked of one of them. */
  public StudySpec of(int feature) {
    return like.withUnit("feature:" + feature + "@pre");
  }

  /** The name of the folder of one of them. */
  public String folder(int feature) {
    return Study.defaultFolder("visualize", of(feature)).getFileName().toString();
  }

  /** Where the mean score should be; null where a beta is given. */
  Target target() {
    return like.target();
  }
}
