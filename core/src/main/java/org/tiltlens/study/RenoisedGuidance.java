package org.tiltlens.study;

import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.Objects;
import org.tiltlens.annealing.Renoising;
import org.tiltlens.corpus.Framing;
import org.tiltlens.run.Bounds;
import org.tiltlens.run.SpecException;

/**
 * Images of a corpus by the weights of its own tilt, moved to new ones; see {@link Renoising}.
 *
 * @param aim how strong the tilt is; a target needs no pilots
 * @param images the corpus: a path, or {@code embedded:PATH}
 * @param framing how its images become squares, of the size that the prior draws
 * @param limit how many of its first images to take, at least 1
 * @param moves of each image
 */
public record RenoisedGuidance(
    AimSpec aim,
    String images,
    Framing framing,
    @JsonProperty(required = true) int limit,
    @JsonProperty(required = true) int moves)
    implements GuidanceSpec.Unguided {
  private static final int MOST_MOVES = 10_000;

  public RenoisedGuidance {
    Objects.requireNonNull(aim, "aim");
    Objects.requireNonNull(framing, "framing");
    if (images == null) {
      throw new SpecException(
          "{from} corpus needs {images}, a folder, zip or IDX file, or a {bundle}");
    }
    if (aim instanceof AimSpec.Wanted wanted && wanted.pilots() != null) {
      throw new SpecException(
          "{guidance} exact finds the beta of a target by itself: give no {pilots}");
    }
    if (limit < 1) {
      throw new SpecException("illegal {limit}: %s, must be at least 1", limit);
    }
    Bounds.within("moves", moves, 1, MOST_MOVES);
  }

  @Override
  public String word() {
    return "renoised";
  }

  @Override
  public String approximation() {
    return "images of the corpus by the weights of its own tilt, moved by re-noising: samples of"
        + " the tilt as far as the prior's reverse chain is the posterior of its forward one;"
        + " how far the same moves drift without a tilt is measured";
  }
}
