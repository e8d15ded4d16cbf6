package org.tiltlens.compose;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.tiltlens.run.Counted;
import org.tiltlens.run.Progress;
import org.tiltlens.sampling.TrajectoryFile;
import org.tiltlens.study.AnnealedReport;
import org.tiltlens.synthesis.Estimated;
import org.tiltlens.tilting.JointPilot;

/** A way to draw the images of a composition; what is under way stays on disk. */
sealed interface CompositionDrawing
    permits ExactComposition, TiltedComposition, TwistedComposition {

  /** How far {@link #draw} will advance its task; 0 where nobody knows. */
  long steps();

  /** What people count of these steps. */
  Counted counted();

  /** Draws all images, or goes on where an earlier process stopped. */
  Drawn draw(Progress.Task task) throws IOException;

  /** What keeps it from sampling the joint tilt exactly. */
  String approximation();

  /**
   * What was drawn.
   *
   * @param betas of the images, one per unit
   * @param pilots the betas tried
   * @param means E[s_k] of each unit's score, capped where it has a cap
   * @param files one {@link TrajectoryFile} per image
   * @param weighted what particles or exact samples tell; null without them
   * @param annealed how exact samples were had; null for others
   */
  record Drawn(
      double[] betas,
      List<JointPilot> pilots,
      List<Estimated> means,
      List<Path> files,
      CompositionResult.Weighted weighted,
      AnnealedReport annealed) {}
}
