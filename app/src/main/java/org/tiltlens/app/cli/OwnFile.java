package org.tiltlens.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.harvest.FeatureStatistics;
import org.tiltlens.harvest.FeatureTable;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.harvest.HarvestSpec;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Json;

/**
 * What a file is that is no checkpoint: written by a command of ours, or images.
 *
 * @param path as given
 * @param what it is, one line
 * @param figures what there is to know of it, by name
 */
record OwnFile(String path, String what, Map<String, String> figures) {
  /** Files by which a folder is known, the most telling first. */
  private static final List<String> TELLING =
      List.of(
          "bundle.json",
          "compare.json",
          "frontier.json",
          "run.json",
          "training.json",
          "features.parquet");

  /** What says which models and images, in a spec or in its models. */
  private static final List<String> NAMES =
      List.of("bundle", "vision", "dictionary", "hook", "prior", "harvest", "images", "image");

  private static final List<String> NUMBERS =
      List.of(
          "count",
          "side",
          "eligible",
          "test_accuracy",
          "explained_variance",
          "l0",
          "dead_share",
          "held_out_loss",
          "reconstruction_error",
          "psnr",
          "steps",
          "seed",
          "seconds");

  private static final List<String> RESULT =
      List.of("unit", "guidance", "method", "beta", "mean_score", "score", "kl", "log_z", "ess");

  private static final String TRAINING = "a training of tiltlens: ";

  private static final byte[] PARQUET = "PAR1".getBytes(StandardCharsets.US_ASCII);

  /** What a path is; empty if no command wrote it, or not as a whole. */
  static Optional<OwnFile> of(Path path) throws IOException {
    Optional<Path> file =
        Files.isDirectory(path)
            ? TELLING.stream().map(path::resolve).filter(Files::isRegularFile).findFirst()
            : Optional.of(path).filter(Files::isRegularFile);
    if (file.isEmpty()) {
      return unfinished(path);
    }
    String name = file.get().getFileName().toString();
    if (name.endsWith(".json")) {
      return json(path, file.get());
    }
    if (name.matches("images-\\d+\\.zip")) {
      Path run = file.get().resolveSibling("run.json");
      return Files.isRegularFile(run)
          ? json(path, run)
              .map(pool -> new OwnFile(pool.path, "images of a pool, " + pool.what, pool.figures))
          : Optional.empty();
    }
    return isParquet(file.get()) ? Optional.of(parquet(path, file.get())) : Optional.empty();
  }

  /** A table of features, or a corpus, which says best why it is neither. */
  private static OwnFile parquet(Path path, Path file) throws IOException {
    try {
      return table(path, file);
    } catch (IllegalArgumentException e) {
      return ofImages(file);
    }
  }

  /** What a path is if there are images in it; empty if not. */
  static Optional<OwnFile> corpus(Path path) {
    try {
      return Optional.of(ofImages(path));
    } catch (IOException | IllegalArgumentException e) {
      return onlyArchive(path).flatMap(OwnFile::corpus);
    }
  }

  private static OwnFile ofImages(Path path) throws IOException {
    try (Corpus corpus = Corpus.open(path, Framing.crop(1))) {
      Map<String, String> figures = new LinkedHashMap<>();
      figures.put("classes", Integer.toString(corpus.classNames().size()));
      figures.put("first", corpus.name(0));
      return new OwnFile(
          path.toString(),
          String.format(Locale.ROOT, "a corpus of %,d images, for --images", corpus.size()),
          figures);
    }
  }

  /** The one archive of images in a folder that has nothing else to read. */
  private static Optional<Path> onlyArchive(Path folder) {
    if (!Files.isDirectory(folder)) {
      return Optional.empty();
    }
    try (Stream<Path> files = Files.list(folder)) {
      List<Path> archives =
          files
              .filter(file -> file.toString().matches("(?i).*[.](zip|tar|tgz|tar[.]gz)"))
              .limit(2)
              .toList();
      return archives.size() == 1 ? Optional.of(archives.get(0)) : Optional.empty();
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  private static Optional<OwnFile> unfinished(Path folder) {
    return Files.isDirectory(folder.resolve(".state"))
        ? Optional.of(
            new OwnFile(
                folder.toString(),
                "a run that is not finished: the same command with the same --out goes on with it",
                Map.of()))
        : Optional.empty();
  }

  private static boolean isParquet(Path file) throws IOException {
    try (InputStream in = Files.newInputStream(file)) {
      return Arrays.equals(in.readNBytes(PARQUET.length), PARQUET);
    }
  }

  private static OwnFile table(Path path, Path file) throws IOException {
    try (FeatureTable table = FeatureTable.open(file)) {
      HarvestInfo info = table.info();
      List<FeatureStatistics> live =
          table.features(FeatureTable.Sort.SELECTIVE, info.features()).stream()
              .filter(FeatureStatistics::isAlive)
              .toList();
      Map<String, String> figures = new LinkedHashMap<>();
      HarvestSpec spec = info.spec();
      if (spec != null) {
        figures.put("vision", spec.vision());
        figures.put("dictionary", spec.dictionary());
        figures.put("images", spec.images());
      }
      figures.put("framing", info.framing());
      figures.put("scores", info.score());
      figures.put("map", info.mapHeight() + " x " + info.mapWidth());
      figures.put("live features", Integer.toString(live.size()));
      if (info.skipped() > 0) {
        figures.put("images left out", Integer.toString(info.skipped()));
      }
      return new OwnFile(
          path.toString(),
          String.format(
              Locale.ROOT,
              "a table of tiltlens harvest: %,d features on %,d images",
              info.features(),
              info.images()),
          figures);
    }
  }

  private static Optional<OwnFile> json(Path path, Path file) throws IOException {
    JsonNode root = Json.read(file, null, JsonNode.class);
    Map<String, String> figures = new LinkedHashMap<>();
    String what = what(root, file);
    if (what == null) {
      return Optional.empty();
    }
    JsonNode spec = root.path("spec");
    Stream.of(root, spec, spec.path("models")).forEach(node -> put(figures, node, NAMES));
    Stream.of(root, spec, spec.path("models")).forEach(node -> told(figures, node));
    steps(figures, spec.path("steps").isObject() ? spec.path("steps") : root);
    JsonNode results = root.path("results");
    if (results.size() == 1) {
      put(figures, results.path(0), RESULT);
    }
    if (root.path("features").isArray()) {
      figures.put("features", Integer.toString(root.path("features").size()));
    }
    Stream.of(spec, root).forEach(node -> put(figures, node, NUMBERS));
    return Optional.of(new OwnFile(path.toString(), what, figures));
  }

  /** Null if it is of nobody here. */
  private static String what(JsonNode root, Path file) {
    if (root.path("command").isTextual() && root.path("tiltlens").isTextual()) {
      return "%s of tiltlens %s (release %s)"
          .formatted(
              file.getFileName(), root.path("command").asText(), root.path("tiltlens").asText());
    }
    if (root.path("kind").isTextual() && root.has("steps")) {
      return TRAINING + root.path("kind").asText();
    }
    if (root.path("name").isTextual() && root.has("data_licence")) {
      return "a bundle: " + root.path("name").asText();
    }
    return null;
  }

  /** What a prior is told, which decides what fits a pool. */
  private static void told(Map<String, String> figures, JsonNode node) {
    for (Map.Entry<String, JsonNode> option : node.path("prior_options").properties()) {
      figures.putIfAbsent("prior option " + option.getKey(), option.getValue().asText());
    }
  }

  /** Which steps of the prior are taken. */
  private static void steps(Map<String, String> figures, JsonNode node) {
    JsonNode schedule = node.has("schedule") ? node.path("schedule") : node.path("noise_schedule");
    if (node.has("respacing") && schedule.isTextual()) {
      JsonNode form = node.path("form");
      String word = form.path("kind").asText("ddpm");
      figures.put(
          "steps",
          "%s (%s%s, %s schedule of %s)"
              .formatted(
                  node.path("respacing").asText(),
                  word,
                  form.has("eta") ? ", eta " + form.path("eta").asText() : "",
                  StepsSpec.words(schedule.asText()),
                  node.path("base_steps").asText()));
    }
  }

  private static void put(Map<String, String> figures, JsonNode node, List<String> names) {
    for (String name : names) {
      JsonNode value = node.path(name);
      if (value.isValueNode() && !value.isNull()) {
        figures.putIfAbsent(
            name.replace('_', ' '),
            value.isDouble()
                ? String.format(Locale.ROOT, "%.4g", value.asDouble())
                : value.asText());
      }
    }
  }

  /** Whether it is what a training noted of its result. */
  boolean isTraining() {
    return what.startsWith(TRAINING);
  }

  /** The line and the figures, each on a line of its own. */
  String text() {
    StringBuilder text = new StringBuilder(path + ": " + what + "\n");
    figures.forEach(
        (name, value) -> text.append("  ").append(name).append(": ").append(value).append('\n'));
    return text.toString().stripTrailing();
  }
}
