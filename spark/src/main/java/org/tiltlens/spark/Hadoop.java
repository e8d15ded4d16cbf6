package org.tiltlens.spark;

import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;
import org.apache.spark.deploy.SparkHadoopUtil;

/** Settings of this process, whether Spark is running in it or not yet. */
final class Hadoop {
  /** By Hadoop's own, a wrong address is told of after a quarter of an hour. */
  private static final Map<String, String> PATIENCE =
      Map.of(
          "ipc.client.connect.max.retries", "2",
          "ipc.client.connect.max.retries.on.timeouts", "1",
          "ipc.client.connect.timeout", "5000",
          "dfs.client.failover.max.attempts", "4",
          "fs.s3a.attempts.maximum", "3",
          "fs.s3a.retry.limit", "3",
          "fs.s3a.connection.establish.timeout", "10s");

  private Hadoop() {}

  static SparkConf spark() {
    return SparkEnv.get() == null ? new SparkConf() : SparkEnv.get().conf();
  }

  /**
   * Those of Hadoop, with what Spark is told of them ({@code spark.hadoop.*}), and less patience
   * where nobody says how much.
   */
  static Configuration configuration() {
    Configuration configuration = SparkHadoopUtil.get().newConfiguration(spark());
    PATIENCE.forEach(
        (name, value) -> {
          if (isUsual(configuration, name)) {
            configuration.set(name, value);
          }
        });
    return configuration;
  }

  /** Whether nothing but what comes with Hadoop says it. */
  private static boolean isUsual(Configuration configuration, String name) {
    String[] sources = configuration.getPropertySources(name);
    return sources == null || sources[sources.length - 1].endsWith("-default.xml");
  }
}
