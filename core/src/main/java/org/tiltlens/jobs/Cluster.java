package org.tiltlens.jobs;

import java.util.ServiceLoader;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.pool.PoolResult;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.SpecException;
import org.tiltlens.study.ManyResult;
import org.tiltlens.study.ManySpec;

/**
 * Computes commands on many machines. The module {@code spark} is one; this library brings none.
 *
 * <p>What comes out is what the command itself gives, to the bit where its sums are exact.
 */
public interface Cluster {
  /**
   * Computes harvests.
   *
   * @param master which machines, in the cluster's own words, such as {@code local[2]}
   */
  Command.Runner<HarvestSpec, HarvestStudy.Outcome> harvest(String master);

  /** Draws pools. */
  Command.Runner<PoolSpec, PoolResult> pool(String master);

  /** Draws many features. */
  Command.Runner<ManySpec, ManyResult> visualizeAll(String master);

  /**
   * The cluster of this process.
   *
   * @throws IllegalArgumentException if its class path has none
   */
  static Cluster find() {
    return ServiceLoader.load(Cluster.class)
        .findFirst()
        .orElseThrow(
            () ->
                new SpecException(
                    "{spark} needs the module of Spark, which is not part of this program: give"
                        + " the same command by `tiltlens-spark ...`, which builds it"));
  }
}
