package org.tiltlens.study;

import java.util.List;
import org.tiltlens.annealing.Drift;
import org.tiltlens.annealing.RenoisingMove;
import org.tiltlens.corpus.LeftOut;
import org.tiltlens.synthesis.Estimated;

/**
 * How samples that started from a corpus were had.
 *
 * @param corpusImages images that were weighed
 * @param corpusEss effective number of these at the run's beta
 * @param corpusMean what their weights say of the mean of what is tilted
 * @param ancestors how many images of the corpus the samples descend from
 * @param moved how many of the samples moved at all; the others are real images
 * @param origins where each sample began, in order
 * @param evaluations of the prior's network, without those that measured the drift
 * @param moves what was accepted of each
 * @param leftOut images of the corpus that could not be used, and why; their names are in {@code
 *     skipped.txt}; absent if none
 * @param drift how far the same moves take images of the corpus without any tilt
 */
public record RenoisedReport(
    long corpusImages,
    double corpusEss,
    Estimated corpusMean,
    int ancestors,
    int moved,
    List<Origin> origins,
    long evaluations,
    List<RenoisingMove> moves,
    LeftOut leftOut,
    Drift drift) {
  /** Effective images below which a corpus' weights give rough numbers. */
  private static final int FEW = 30;

  /**
   * Where a sample began.
   *
   * @param index of the corpus' image
   * @param name of the same
   * @param accepted moves since; 0 where the sample is that image itself
   */
  public record Origin(int index, String name, int accepted) {}

  public RenoisedReport {
    origins = List.copyOf(origins);
    moves = List.copyOf(moves);
  }

  /** Whether the corpus' numbers rest on few of its images. */
  public boolean restsOnFew() {
    return corpusEss < FEW;
  }
}
