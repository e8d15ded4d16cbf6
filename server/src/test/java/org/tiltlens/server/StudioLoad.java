package org.tiltlens.server;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Many clients that read pages and pictures of a studio while jobs run, and what they wait for.
 *
 * <p>{@code StudioLoad FOLDER CLIENTS SECONDS [BUNDLE]}: in a process of its own under {@code
 * -Xmx1g}; without one, of the tiny bundle.
 */
final class StudioLoad {
  private static final int MILLION = 1_000_000;

  private final OwnStudio studio;
  private final int features;
  private final Map<String, List<Long>> waits = new ConcurrentHashMap<>();
  private final Map<Integer, AtomicInteger> statuses = new ConcurrentHashMap<>();

  private StudioLoad(OwnStudio studio, int features) {
    this.studio = studio;
    this.features = features;
  }

  private void client(int number, long end) {
    Random random = new Random(number);
    while (System.nanoTime() - end < 0) {
      int feature = random.nextInt(features);
      String job =
          "{\"command\": \"visualize\", \"feature\": %d, \"percentile\": %d, \"count\": 1}"
              .formatted(feature, 60 + random.nextInt(39));
      switch (random.nextInt(8)) {
        case 0 -> timed("list", "GET", "/?search=" + feature, null);
        case 1 -> timed("feature", "GET", "/features/" + feature, null);
        case 2 -> timed("strip", "GET", "/api/v1/features/" + feature + "/strip.png", null);
        case 3 -> timed("jobs", "GET", "/api/v1/jobs", null);
        case 4 -> timed("map", "GET", "/api/v1/map", null);
        case 5 -> timed("image", "GET", "/api/v1/images/corpus-" + random.nextInt(40), null);
        case 6 -> timed("note", "GET", "/api/v1/features/" + feature + "/note", null);
        default -> timed("a job", "POST", "/api/v1/jobs", job);
      }
    }
  }

  private void timed(String what, String method, String path, String json) {
    long start = System.nanoTime();
    HttpResponse<String> answer = studio.ask(method, path, json);
    statuses.computeIfAbsent(answer.statusCode(), code -> new AtomicInteger()).incrementAndGet();
    waits
        .computeIfAbsent(what, name -> Collections.synchronizedList(new ArrayList<>()))
        .add((System.nanoTime() - start) / MILLION);
  }

  private void print() {
    waits.forEach(
        (what, all) -> {
          long[] sorted = all.stream().mapToLong(Long::longValue).sorted().toArray();
          System.out.printf(
              "%-8s %6d answers  median %5d ms  99 %% below %6d ms  most %6d ms%n",
              what,
              sorted.length,
              sorted[sorted.length / 2],
              sorted[(int) (0.99 * (sorted.length - 1))],
              sorted[sorted.length - 1]);
        });
    System.out.println("statuses " + statuses);
  }

  public static void main(String[] args) throws Exception {
    int clients = Integer.parseInt(args[1]);
    int seconds = Integer.parseInt(args[2]);
    Path bundle = args.length > 3 ? Path.of(args[3]) : Path.of(StudioFixture.bundle().root());
    try (OwnStudio studio = OwnStudio.start(bundle, Path.of(args[0]), "-Xmx1g")) {
      int features =
          new ObjectMapper()
              .readTree(studio.ask("GET", "/api/v1/bundle", null).body())
              .get("features")
              .asInt();
      StudioLoad load = new StudioLoad(studio, features);
      System.out.println("MB, files open: " + Arrays.toString(ApiFuzz.look(studio.pid())));
      long end = System.nanoTime() + seconds * 1_000L * MILLION;
      ExecutorService all = Executors.newFixedThreadPool(clients);
      for (int i = 0; i < clients; i++) {
        int number = i;
        all.execute(() -> load.client(number, end));
      }
      all.shutdown();
      while (!all.awaitTermination(Math.max(1, seconds / 10), TimeUnit.SECONDS)) {
        System.out.println("MB, files open: " + Arrays.toString(ApiFuzz.look(studio.pid())));
      }
      System.out.println("MB, files open: " + Arrays.toString(ApiFuzz.look(studio.pid())));
      load.print();
    }
  }
}
