package org.tiltlens.server;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.tiltlens.run.Sha256;

/**
 * Kills a studio (SIGKILL) at random moments while jobs run, starts it again and goes on, and holds
 * what each job finds against an undisturbed one, bit for bit.
 *
 * <p>{@code KillRuns FOLDER KILLS [SEED]}, on the tiny bundle.
 */
final class KillRuns {
  /** Jobs as small as they come. */
  static final List<String> JOBS =
      List.of(
          "{\"command\": \"visualize\", \"feature\": 3, \"percentile\": 90, \"count\": 4}",
          "{\"command\": \"compose\", \"units\": [{\"feature\": 1, \"percentile\": 70},"
              + " {\"feature\": 3, \"percentile\": 60}], \"count\": 2}",
          "{\"command\": \"explain\", \"feature\": 3, \"image\": \"corpus-7\"}");

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int PATIENCE_MS = 1_200_000;
  private static final int LOOK_MS = 100;

  /** Most of a studio that soon dies is its start. */
  private static final String SOON = "-XX:TieredStopAtLevel=1";

  /** What of a run.json is how long it took and not what it found. */
  private static final List<String> TIMES =
      List.of(
          "seconds",
          "load_seconds",
          "drawing_seconds",
          "pilot_seconds",
          "model_seconds_per_step",
          "peak_resident_bytes");

  private final Path bundle;
  private final Path folder;
  private final Random random;
  private List<Map<String, String>> undisturbed;
  private int compared;

  /**
   * @param folder where the studios' folders go
   */
  KillRuns(Path bundle, Path folder, long seed) {
    this.bundle = bundle;
    this.folder = folder;
    random = new Random(seed);
  }

  /** How many jobs' results were held against undisturbed ones. */
  int compared() {
    return compared;
  }

  /**
   * Kills studios.
   *
   * @param kills how many times
   * @return what differs, a line each
   */
  List<String> differences(int kills) throws IOException {
    Path calm = folder.resolve("undisturbed");
    long start = System.nanoTime();
    try (OwnStudio studio = OwnStudio.start(bundle, calm, SOON)) {
      List<String> jobs = ask(studio);
      requireDone(studio, jobs);
      undisturbed = results(calm, jobs);
    }
    // Long enough to end in any of them, and in what comes before the first.
    int span = (int) ((System.nanoTime() - start) / 1_000_000);
    List<String> differences = new ArrayList<>();
    Path killed = folder.resolve("killed");
    for (int kill = 0; kill <= kills; kill++) {
      try (OwnStudio studio = OwnStudio.start(bundle, killed, SOON)) {
        List<String> jobs = ask(studio);
        if (kill == kills) {
          requireDone(studio, jobs);
          compare(results(killed, jobs), differences);
        } else {
          if (awaitAll(studio, jobs, random.nextInt(span))) {
            compare(results(killed, jobs), differences);
            for (String job : jobs) {
              studio.ask("DELETE", "/api/v1/jobs/" + job, null);
            }
          }
          studio.kill();
          System.out.printf("killed %d times, %d results compared%n", kill + 1, compared);
        }
      }
    }
    return differences;
  }

  /** Asks for all jobs, or goes on with them. */
  private static List<String> ask(OwnStudio studio) throws IOException {
    List<String> names = new ArrayList<>();
    for (String job : JOBS) {
      HttpResponse<String> answer = studio.ask("POST", "/api/v1/jobs", job);
      if (answer.statusCode() / 100 != 2) {
        throw new IOException(answer.statusCode() + " " + answer.body());
      }
      names.add(JSON.readTree(answer.body()).get("job").asText());
    }
    return names;
  }

  private static boolean areDone(OwnStudio studio, List<String> jobs) throws IOException {
    for (String job : jobs) {
      JsonNode now = JSON.readTree(studio.ask("GET", "/api/v1/jobs/" + job, null).body());
      if (now.get("state").asText().equals("failed")) {
        throw new IOException(now.toString());
      }
      if (!now.get("state").asText().equals("done")) {
        return false;
      }
    }
    return true;
  }

  private static void requireDone(OwnStudio studio, List<String> jobs) throws IOException {
    if (!awaitAll(studio, jobs, PATIENCE_MS)) {
      throw new IOException("jobs do not end");
    }
  }

  /** Whether all are done within some time; waits no longer than that takes. */
  private static boolean awaitAll(OwnStudio studio, List<String> jobs, int patience)
      throws IOException {
    long end = System.nanoTime() + patience * 1_000_000L;
    while (System.nanoTime() - end < 0) {
      if (areDone(studio, jobs)) {
        return true;
      }
      sleep(LOOK_MS);
    }
    return areDone(studio, jobs);
  }

  private static void sleep(int ms) throws IOException {
    try {
      Thread.sleep(ms);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException(e);
    }
  }

  /** Of each job, in order: an explanation's name goes by where its studio keeps the picture. */
  private static List<Map<String, String>> results(Path studio, List<String> jobs)
      throws IOException {
    List<Map<String, String>> results = new ArrayList<>();
    for (String job : jobs) {
      results.add(result(studio.resolve("jobs").resolve(job)));
    }
    return results;
  }

  /** The pictures of a job, and what its run.json says it found. */
  private static Map<String, String> result(Path job) throws IOException {
    Map<String, String> files = new TreeMap<>();
    try (Stream<Path> walk = Files.walk(job)) {
      for (Path file : walk.filter(one -> one.toString().endsWith(".png")).toList()) {
        files.put(job.relativize(file).toString(), Sha256.of(file));
      }
    }
    ObjectNode run = (ObjectNode) JSON.readTree(job.resolve("run.json").toFile());
    TIMES.forEach(run::remove);
    // An image of the corpus has the path of its studio's cache.
    files.put("run.json", run.toString().replaceAll("\"[^\"]*/(undisturbed|killed)/", "\""));
    return files;
  }

  private void compare(List<Map<String, String>> found, List<String> differences) {
    for (int i = 0; i < undisturbed.size(); i++) {
      compared++;
      Map<String, String> own = found.get(i);
      for (Map.Entry<String, String> file : undisturbed.get(i).entrySet()) {
        if (!file.getValue().equals(own.get(file.getKey()))) {
          differences.add(
              "%s %s: %s, expected %s"
                  .formatted(JOBS.get(i), file.getKey(), own.get(file.getKey()), file.getValue()));
        }
      }
      if (!own.keySet().equals(undisturbed.get(i).keySet())) {
        differences.add(JOBS.get(i) + " has " + own.keySet());
      }
    }
  }

  public static void main(String[] args) throws IOException {
    int kills = Integer.parseInt(args[1]);
    long seed = args.length > 2 ? Long.parseLong(args[2]) : 1;
    KillRuns runs = new KillRuns(Path.of(StudioFixture.bundle().root()), Path.of(args[0]), seed);
    List<String> differences = runs.differences(kills);
    System.out.printf(
        "%d kills, %d results compared, %d differences%n",
        kills, runs.compared(), differences.size());
    differences.forEach(System.out::println);
  }
}
