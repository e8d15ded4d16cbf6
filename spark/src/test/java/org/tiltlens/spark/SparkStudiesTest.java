package org.tiltlens.spark;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.fixture.NoiseBundle;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestStudy;
import org.tiltlens.jobs.Cluster;
import org.tiltlens.jobs.Jobs;
import org.tiltlens.models.Bundle;
import org.tiltlens.pool.PoolChoice;
import org.tiltlens.pool.PoolResult;
import org.tiltlens.pool.PoolRun;
import org.tiltlens.pool.PoolSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.study.AimSpec;
import org.tiltlens.study.ExactGuidance;
import org.tiltlens.study.GuidanceSpec;
import org.tiltlens.study.ManyPlan;
import org.tiltlens.study.ManyResult;
import org.tiltlens.study.ManySpec;
import org.tiltlens.study.ManyStudies;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyResult;
import org.tiltlens.study.StudySpec;

/** A pool, and many features that start from it, on Spark against one machine. */
class SparkStudiesTest {
  private static final Execution EXECUTION = new Execution("cpu", 1, 1, 1);
  private static final String UI = "spark.ui.enabled";

  private static final Pattern ASKED = Pattern.compile("\"asked\"\\s*:\\s*\"([^\"]+)\"");

  @TempDir private Path folder;

  @BeforeEach
  void usual() {
    System.setProperty(UI, "false");
  }

  @AfterEach
  void forget() {
    System.clearProperty(UI);
  }

  @Test
  void aPoolIsThatOfOneMachineAndEachFeatureTheRunThatVisualizeMakesOfIt() throws IOException {
    Path noise = folder.resolve("bundle");
    NoiseBundle.write(noise, 4);
    Bundle bundle = Bundle.at(noise);
    Path pool = folder.resolve("pool");
    PoolSpec paths = PoolSpec.of(bundle, 24);
    // Some are there already.
    PoolRun.run(paths.withCount(5), EXECUTION, pool, Progress.SILENT);
    PoolResult drawn =
        Jobs.POOL.by(Cluster.find().pool("local[2]")).run(paths, EXECUTION, pool, Progress.SILENT);
    assertThat(drawn.imagesSha256())
        .isEqualTo(
            PoolRun.run(paths, EXECUTION, folder.resolve("one"), Progress.SILENT).imagesSha256());
    StudySpec like =
        StudySpec.exact(bundle, "feature:0@pre", 3)
            .withPool(new PoolChoice.Kept(pool.toString()))
            .withCount(2);
    ManySpec many = new ManySpec(like, List.of(2, 5, 11));
    Path all = folder.resolve("all");
    ManyResult result =
        Jobs.VISUALIZE_ALL
            .by(Cluster.find().visualizeAll("local[2]"))
            .run(many, EXECUTION, all, Progress.SILENT);
    assertThat(result.refused()).isEmpty();
    assertThat(result.drawn()).isEqualTo(3);
    for (int feature : List.of(2, 5, 11)) {
      Path alone = folder.resolve("alone-" + feature);
      StudyResult run = Study.run("visualize", many.of(feature), EXECUTION, alone, Progress.SILENT);
      Path own = all.resolve("jobs").resolve(many.folder(feature));
      assertThat(own.resolve("job.json")).exists();
      for (StudyResult.ImageResult image : run.results().get(0).images()) {
        assertThat(own.resolve(image.file())).hasSameBinaryContentAs(alone.resolve(image.file()));
      }
      assertThat(Files.exists(own.resolve("index.html"))).isTrue();
    }
  }

  /** A feature of the pool's table, and how many of its images are effective at a tilt. */
  private record Effective(int feature, double images) {}

  /** (sum of w)^2 / sum of w^2, w = exp(beta s), of all features that are active anywhere. */
  private static List<Effective> effective(Path onPool, double beta) throws IOException {
    try (FeatureTable table = FeatureTable.open(onPool)) {
      List<Effective> all = new ArrayList<>();
      for (FeatureStatistics row : table.features(FeatureTable.Sort.INDEX, Integer.MAX_VALUE)) {
        double[] scores = row.sample().scores();
        int[] counts = row.sample().counts();
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < scores.length; i++) {
          double weight = Math.exp(beta * (scores[i] - row.max()));
          sum += counts[i] * weight;
          squares += counts[i] * weight * weight;
        }
        all.add(new Effective(row.feature(), sum * sum / squares));
      }
      all.sort(Comparator.comparingDouble(Effective::images));
      return all;
    }
  }

  /** When each feature's run was begun. */
  private static List<Integer> begun(ManySpec many, Path all) throws IOException {
    TreeMap<Instant, Integer> times = new TreeMap<>();
    for (int feature : many.features()) {
      Path job = all.resolve("jobs").resolve(many.folder(feature)).resolve("job.json");
      Matcher asked = ASKED.matcher(Files.readString(job));
      assertThat(asked.find()).isTrue();
      times.put(Instant.parse(asked.group(1)), feature);
    }
    return List.copyOf(times.values());
  }

  private static Map<String, ByteBuffer> pictures(Path folder) throws IOException {
    Map<String, ByteBuffer> pictures = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path each : all.filter(file -> file.toString().endsWith(".png")).toList()) {
        pictures.put(folder.relativize(each).toString(), ByteBuffer.wrap(Files.readAllBytes(each)));
      }
    }
    return pictures;
  }

  /** How a run says its samples were had. */
  private static JsonNode had(Path run) throws IOException {
    return new ObjectMapper().readTree(run.toFile()).requiredAt("/results/0/annealed");
  }

  /** Two that the pool tells and two that it does not, given in neither order. */
  @Test
  void featuresThatMustBeAnnealedComeLastAndTheRarestOfThemFirst() throws IOException {
    Path noise = folder.resolve("bundle");
    NoiseBundle.write(noise, 4);
    Bundle bundle = Bundle.at(noise);
    Path pool = folder.resolve("pool");
    PoolRun.run(PoolSpec.of(bundle, 32), EXECUTION, pool, Progress.SILENT);
    double beta = 3;
    StudySpec usual = StudySpec.exact(bundle, "feature:0@pre", beta);
    // Few particles with few moves: what they are worth is other tests' business.
    GuidanceSpec few =
        new ExactGuidance(
            new AimSpec.Given(beta), new PoolChoice.Kept(pool.toString()), 4, 1, 0.5, 1, 0);
    StudySpec like =
        new StudySpec(
            usual.models(), usual.score(), usual.objective(), few, usual.steps(), 2, usual.seed());
    Path table = folder.resolve("table.parquet");
    HarvestStudy.run(
        ManyPlan.harvest(new ManySpec(like, List.of(0))), EXECUTION, table, Progress.SILENT);
    List<Effective> all = effective(table, beta);
    List<Effective> rare = all.stream().filter(each -> each.images < 7.9).toList();
    List<Effective> told = all.stream().filter(each -> each.images > 8.1).toList();
    assertThat(rare).hasSizeGreaterThan(2);
    assertThat(told).hasSizeGreaterThan(1);
    int rarest = rare.get(0).feature;
    int other = rare.get(2).feature;
    int first = told.get(told.size() - 1).feature;
    int second = told.get(told.size() - 2).feature;
    ManySpec many = new ManySpec(like, List.of(other, first, rarest, second));
    Path plain = folder.resolve("plain");
    assertThat(ManyStudies.run(many, EXECUTION, plain, Progress.SILENT))
        .isEqualTo(new ManyResult(4, 2, Map.of()));
    Path spark = folder.resolve("spark");
    assertThat(
            Jobs.VISUALIZE_ALL
                .by(Cluster.find().visualizeAll("local[1]"))
                .run(many, EXECUTION, spark, Progress.SILENT))
        .isEqualTo(new ManyResult(4, 2, Map.of()));
    assertThat(begun(many, spark)).containsExactly(first, second, rarest, other);
    assertThat(begun(many, plain)).containsExactly(first, second, rarest, other);
    for (int feature : many.features()) {
      Path own = Path.of("jobs", many.folder(feature));
      JsonNode had = had(spark.resolve(own).resolve("run.json"));
      boolean annealed = feature == rarest || feature == other;
      assertThat(had.required("pool_ess").asDouble() < 8).isEqualTo(annealed);
      assertThat(had.required("evaluations").asInt() > 0).isEqualTo(annealed);
      Map<String, ByteBuffer> expected = pictures(plain.resolve(own));
      assertThat(expected).hasSizeGreaterThanOrEqualTo(2);
      assertThat(pictures(spark.resolve(own))).containsExactlyEntriesOf(expected);
    }
  }
}
