package org.tiltlens.spark;

import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.jobs.Command;
import org.tiltlens.pool.PoolResult;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.study.ManyResult;
import org.tiltlens.study.ManySpec;

/** Apache Spark, found by the name of its interface. */
public final class SparkCluster implements Cluster {
  @Override
  public Command.Runner<HarvestSpec, HarvestStudy.Outcome> harvest(String master) {
    return (spec, execution, out, progress) ->
        SparkHarvest.run(master, spec, execution, out, progress);
  }

  @Override
  public Command.Runner<PoolSpec, PoolResult> pool(String master) {
    return (spec, execution, folder, progress) ->
        SparkPool.run(master, spec, execution, folder, progress);
  }

  @Override
  public Command.Runner<ManySpec, ManyResult> visualizeAll(String master) {
    return (many, execution, folder, progress) ->
        SparkStudies.run(master, many, execution, folder, progress);
  }
}
