package org.tiltlens.server;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.tiltlens.harvest.ActivationMaps;
import org.tiltlens.harvest.HarvestInfo;
import org.tiltlens.harvest.Neighbours;
import org.tiltlens.run.Json;
import org.tiltlens.run.WholeFile;

/**
 * Writes features in the formats of {@link Dashboard} and {@link Neuronpedia} beside the pages, so
 * many in a file that a file fits into memory.
 */
final class FormatFiles {
  private final BundleView bundle;
  private final HarvestInfo info;
  private final Dashboard where;
  private final Path dashboards;
  private final Path rows;
  private final List<Dashboard.Feature> features = new ArrayList<>();
  private final List<Neuronpedia.Feature> listed = new ArrayList<>();
  private final List<Neuronpedia.Explanation> called = new ArrayList<>();
  private int batch;

  /**
   * @param folder of the export
   */
  FormatFiles(BundleView bundle, HarvestInfo info, Path folder) throws IOException {
    this.bundle = bundle;
    this.info = info;
    where = Dashboard.of(bundle, info);
    dashboards = Files.createDirectories(folder.resolve("saedashboard"));
    rows = folder.resolve("neuronpedia").resolve(where.modelId()).resolve(where.source());
    for (String kind : List.of("features", "activations", "explanations")) {
      Files.createDirectories(rows.resolve(kind));
    }
  }

  /** Takes a feature; a batch of them is written. */
  void add(FeatureDetail known, ActivationMaps maps, List<Neighbours.Neighbour> nearest, Note note)
      throws IOException {
    Dashboard.Feature feature = Dashboard.Feature.of(bundle, info, known, maps);
    features.add(feature);
    listed.add(Neuronpedia.feature(where, info.hook(), feature, nearest));
    if (!note.label().isEmpty()) {
      called.add(Neuronpedia.explanation(where, note));
    }
    if (features.size() == ExportFolder.ON_PAGE) {
      flush();
    }
  }

  private void flush() throws IOException {
    String name = "batch-" + batch;
    WholeFile.writeText(
        dashboards.resolve(name + ".json"), Json.line(where.batch(features)) + "\n");
    zipped("features", name, listed);
    zipped(
        "activations",
        name,
        features.stream()
            .flatMap(one -> Neuronpedia.activations(where, bundle.name(), one).stream())
            .toList());
    if (!called.isEmpty()) {
      zipped("explanations", name, called);
    }
    batch++;
    features.clear();
    listed.clear();
    called.clear();
  }

  private void zipped(String kind, String name, List<?> lines) throws IOException {
    WholeFile.write(
        rows.resolve(kind).resolve(name + ".jsonl.gz"),
        out -> {
          GZIPOutputStream zip = new GZIPOutputStream(out);
          write(zip, lines);
          zip.finish();
        });
  }

  private static void write(OutputStream out, List<?> lines) throws IOException {
    for (Object line : lines) {
      out.write((Json.line(line) + "\n").getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Writes what is left, and what all features belong to. */
  void end() throws IOException {
    if (!features.isEmpty()) {
      flush();
    }
    plain("model", new Neuronpedia.Model(where.modelId(), bundle.name(), bundle.name(), false));
    plain(
        "sourceset",
        new Neuronpedia.SourceSet(where.modelId(), where.saeSet(), "Features at " + info.hook()));
    plain(
        "source",
        new Neuronpedia.Source(
            where.source(),
            where.modelId(),
            where.saeSet(),
            info.images(),
            info.mapHeight() * info.mapWidth(),
            bundle.dataLicence(),
            "Written by Tiltlens "
                + bundle.tiltlens()
                + ". Prompts are images, tokens are places of them; histograms are of scores: "
                + info.score()));
  }

  private void plain(String name, Object row) throws IOException {
    WholeFile.write(rows.resolve(name + ".jsonl"), out -> write(out, List.of(row)));
  }
}
