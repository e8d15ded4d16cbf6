package org.tiltlens.bench;

import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.fixture.RandomPipeline;

/**
 * Where the time of a guided step or of a harvest's batch goes, by looking at the thread's stack
 * every two milliseconds: docs/performance.md has what it prints.
 *
 * <p>A thread that is in the engine can be looked at without waiting for it, so engine calls are
 * seen as they are; Java's own work is seen where it may be interrupted. The pass back from the
 * score is one call of the engine.
 */
public final class Profile {
  private static final NoiseSchedule SCHEDULE = NoiseSchedule.linear(1000).respaced("100");
  private static final int WARM_UP = 3;
  private static final long PERIOD_MILLIS = 2;
  private static final double LEAST_SHARE = 0.01;

  private Profile() {}

  /**
   * @param arguments size of the networks (tiny, small, medium), {@code step} or {@code harvest},
   *     and for how many seconds
   */
  public static void main(String... arguments) throws InterruptedException {
    if (arguments.length != 3 || !List.of("step", "harvest").contains(arguments[1])) {
      System.err.println("usage: Profile tiny|small|medium step|harvest SECONDS");
      System.exit(2);
    }
    try (RandomPipeline pipeline =
            RandomPipeline.open(BenchOptions.SIZES.get(arguments[0]), SCHEDULE);
        Computation what =
            arguments[1].equals("step")
                ? new GuidedSteps(pipeline, 1)
                : new HarvestBatches(pipeline)) {
      what.seconds(WARM_UP);
      Map<String, Integer> seen = new HashMap<>();
      Thread looker = looker(Thread.currentThread(), seen);
      looker.start();
      double seconds = 0;
      int times = 0;
      while (seconds < Double.parseDouble(arguments[2])) {
        seconds += what.seconds(1);
        times++;
      }
      looker.interrupt();
      looker.join();
      print(arguments[0] + ", " + what.words(), 1000 * seconds / times, seen);
    }
  }

  private static Thread looker(Thread at, Map<String, Integer> seen) {
    Thread looker =
        new Thread(
            () -> {
              try {
                while (true) {
                  Thread.sleep(PERIOD_MILLIS);
                  seen.merge(place(at.getStackTrace()), 1, Integer::sum);
                }
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    looker.setDaemon(true);
    return looker;
  }

  /** The network's or the score's own method, and what of the engine it has called. */
  private static String place(StackTraceElement... stack) {
    String engine =
        stack.length > 0 && stack[0].getClassName().startsWith("org.bytedeco.")
            ? stack[0].getMethodName()
            : "(Java)";
    String own =
        Stream.of(stack)
            .filter(frame -> frame.getClassName().startsWith("org.tiltlens."))
            .filter(frame -> !frame.getClassName().startsWith("org.tiltlens.torch."))
            .findFirst()
            .map(frame -> simple(frame.getClassName()) + "." + frame.getMethodName())
            .orElse("-");
    return own.replaceAll("lambda\\$|\\$\\d+$", "") + " | " + engine;
  }

  private static String simple(String name) {
    return name.substring(name.lastIndexOf('.') + 1);
  }

  private static void print(String what, double millis, Map<String, Integer> seen) {
    double all = seen.values().stream().mapToInt(Integer::intValue).sum();
    System.out.printf(Locale.ROOT, "%s: %.1f ms, %.0f looks%n%n", what, millis, all);
    System.out.println("| share | method | engine |\n|---|---|---|");
    seen.entrySet().stream()
        .filter(entry -> entry.getValue() >= LEAST_SHARE * all)
        .sorted(Map.Entry.<String, Integer>comparingByValue().reversed())
        .forEach(
            entry ->
                System.out.printf(
                    Locale.ROOT,
                    "| %.1f %% | %s |%n",
                    100 * entry.getValue() / all,
                    entry.getKey()));
  }
}
