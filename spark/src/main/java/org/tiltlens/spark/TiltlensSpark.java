package org.tiltlens.spark;

import java.util.List;
import java.util.stream.Stream;
import org.tiltlens.app.cli.Tiltlens;

/**
 * The class that {@code spark-submit} starts: the command line of Tiltlens, whose work goes where
 * Spark's master is.
 */
public final class TiltlensSpark {
  private static final String OPTION = "--spark";

  private TiltlensSpark() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    Tiltlens.main(withMaster(List.of(args), System.getProperty("spark.master", "local[*]")));
  }

  /** The arguments, which say a master of their own or take the one given. */
  static String[] withMaster(List<String> args, String master) {
    boolean said =
        args.stream().anyMatch(arg -> arg.equals(OPTION) || arg.startsWith(OPTION + "="));
    boolean works = args.size() > 1 && !args.contains("--help") && !args.contains("-h");
    return Stream.concat(args.stream(), said || !works ? Stream.empty() : Stream.of(OPTION, master))
        .toArray(String[]::new);
  }
}
