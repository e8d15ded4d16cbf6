package org.tiltlens.spark;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.UnknownHostException;
import java.util.List;
import java.util.concurrent.ExecutionException;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkException;
import org.apache.spark.api.java.JavaSparkContext;
import org.tiltlens.run.Execution;
import org.tiltlens.run.SpecException;
import org.tiltlens.torch.CancelledException;

/** Starts Spark with what the engine needs in its executors, and says in one line why it ended. */
final class Contexts {
  /** What the engine reads before a JVM starts; see {@link org.tiltlens.torch.Engine}. */
  private static final List<String> ENVIRONMENT =
      List.of("OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS", "ONEDNN_MAX_CPU_ISA", "LC_ALL");

  private static final List<String> USUAL = List.of("PASSIVE", "1", "", "C.UTF-8");

  private static final String STANDALONE = "spark://";
  private static final int PATIENCE = 5_000;

  private Contexts() {}

  /**
   * A context; the caller closes it.
   *
   * @param command its name, which Spark's pages show
   * @throws SpecException if no master answers at its address
   */
  static JavaSparkContext open(String master, String command, Execution execution) {
    requireAnswer(master);
    SparkConf conf = new SparkConf().setAppName("tiltlens " + command).setMaster(master);
    conf.setIfMissing("spark.task.cpus", Integer.toString(execution.threadsPerImage()));
    for (int i = 0; i < ENVIRONMENT.size(); i++) {
      String own = System.getenv(ENVIRONMENT.get(i));
      String value = own == null ? USUAL.get(i) : own;
      if (!value.isEmpty()) {
        conf.setIfMissing("spark.executorEnv." + ENVIRONMENT.get(i), value);
      }
    }
    return new JavaSparkContext(conf);
  }

  /** Spark itself asks for a minute, and then ends with its own stacks. */
  private static void requireAnswer(String master) {
    if (!master.startsWith(STANDALONE)) {
      return;
    }
    String reason = "no host and port";
    for (String address : master.substring(STANDALONE.length()).split(",")) {
      int colon = address.lastIndexOf(':');
      String port = address.substring(colon + 1);
      if (colon < 1 || !port.matches("\\d{1,5}")) {
        continue;
      }
      try (Socket socket = new Socket()) {
        socket.connect(
            new InetSocketAddress(address.substring(0, colon), Integer.parseInt(port)), PATIENCE);
        return;
      } catch (IOException | IllegalArgumentException e) {
        reason = e instanceof UnknownHostException ? "no such host" : e.getMessage();
      }
    }
    throw new SpecException(
        "{spark} '%s': no master answers there (%s): start it, or correct host and port",
        master, reason);
  }

  /** A task's own failure without the trace that Spark wraps it in. */
  static RuntimeException failure(Exception e) {
    Throwable cause = e;
    while ((cause instanceof SparkException || cause instanceof ExecutionException)
        && cause.getCause() != null) {
      cause = cause.getCause();
    }
    if (cause instanceof IllegalArgumentException || cause instanceof CancelledException) {
      return (RuntimeException) cause;
    }
    String line = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
    return new IllegalStateException("Spark gave up: " + line, e);
  }
}
