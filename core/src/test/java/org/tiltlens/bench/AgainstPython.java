package org.tiltlens.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.OperatingSystemMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;
import org.tiltlens.run.Json;
import org.tiltlens.run.WholeFile;
import org.tiltlens.torch.Engine;

/**
 * The same computations in Tiltlens and in a script of plain PyTorch modules, by turns; started by
 * {@code scripts/bench-against-python}, which says how.
 */
public final class AgainstPython {
  private final BenchOptions options;
  private final PythonSide python;
  private final Path folder;
  private final List<Comparison> comparisons = new ArrayList<>();

  private AgainstPython(BenchOptions options, PythonSide python, Path folder) {
    this.options = options;
    this.python = python;
    this.folder = folder;
  }

  public static void main(String... arguments) throws IOException {
    Path folder = Files.createTempDirectory("tiltlens-bench");
    int status = 0;
    try {
      BenchOptions options = BenchOptions.parse(arguments);
      try (PythonSide python = PythonSide.start(options.threads())) {
        new AgainstPython(options, python, folder).run();
      }
    } catch (IllegalArgumentException | IllegalStateException e) {
      System.err.println(e.getMessage());
      status = 2;
    } finally {
      WholeFile.deleteTree(folder);
    }
    System.exit(status);
  }

  private void run() throws IOException {
    Engine.threadsPerOperation(options.threads());
    TorchBuild ours = ourBuild();
    JsonNode described = python.describe();
    TorchBuild theirs = build(described);
    OperatingSystemMXBean machine = ManagementFactory.getOperatingSystemMXBean();
    double load = machine.getSystemLoadAverage();
    System.out.printf(
        Locale.ROOT,
        "Machine: %d processors, load %.1f before anything is timed%n",
        machine.getAvailableProcessors(),
        load);
    System.out.println("Tiltlens: " + ours.describe());
    System.out.printf("Python %s: %s%n", described.path("python").asText(), theirs.describe());
    if (theirs.isSlow()) {
      System.out.println(
          "WARNING: Python's BLAS is the untuned reference: its matrix products are several times"
              + " slower than OpenBLAS'. Install libopenblas0, or give"
              + " PYTHON_PRELOAD=/path/to/libopenblas.so.0");
    }
    for (String size : options.sizes()) {
      Path weights = Files.createDirectories(folder.resolve(size));
      measure(BenchNetworks.random(size, BenchOptions.SIZES.get(size), weights), 1, 4);
      WholeFile.deleteTree(weights);
    }
    if (options.full() != null) {
      measure(BenchNetworks.full(options.full()), 1);
    }
    System.out.println();
    System.out.print(new ComparisonTable(comparisons));
    if (options.json() != null) {
      WholeFile.writeText(options.json(), Json.write(json(ours, theirs, load)));
    }
  }

  /** Closes the networks. */
  private void measure(BenchNetworks networks, int... batches) {
    SideBySide sides =
        new SideBySide(python, folder, new Turns(options.repeats(), options.seconds()));
    try (networks) {
      python.open(networks.request());
      for (Computation each : networks.computations(batches)) {
        try (each) {
          System.err.printf("%s: %s of %d%n", networks.size(), each.words(), each.images());
          comparisons.addAll(sides.measure(networks.size(), each));
        }
      }
    }
  }

  private static TorchBuild ourBuild() throws IOException {
    return new TorchBuild(
        Engine.version(),
        torch.show_config().getString(),
        List.of("OpenBLAS " + Loader.getVersion("org.bytedeco", "openblas")));
  }

  private static TorchBuild build(JsonNode described) {
    List<String> libraries = new ArrayList<>();
    described.path("libraries").forEach(each -> libraries.add(each.asText()));
    return new TorchBuild(
        described.path("torch").asText(), described.path("config").asText(), libraries);
  }

  private ObjectNode json(TorchBuild ours, TorchBuild theirs, double load) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    json.put("tiltlens", ours.describe()).put("python", theirs.describe());
    json.put("slow_blas", theirs.isSlow()).put("load", load);
    json.put("threads", options.threads()).put("repeats", options.repeats());
    json.put("seconds", options.seconds());
    comparisons.forEach(each -> json.withArray("comparisons").add(each.toJson()));
    return json;
  }
}
