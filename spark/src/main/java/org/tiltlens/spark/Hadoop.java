package org.tiltlens.spark;

import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Settings of this process, whether Spark is running in it or not yet. */
final class Hadoop {
  private Hadoop() {}

  static SparkConf spark() {
    return SparkEnv.get() == null ? new SparkConf() : SparkEnv.get().conf();
  }

  /** Those of Hadoop, with what Spark is told of them ({@code spark.hadoop.*}). */
  static Configuration configuration() {
    return SparkHadoopUtil.get().newConfiguration(spark());
  }
}
