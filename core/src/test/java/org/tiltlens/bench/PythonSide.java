package org.tiltlens.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.tiltlens.run.Json;

/**
 * The script of plain PyTorch modules, {@code bench/plain_pytorch.py}, as a process that answers
 * one JSON line to each request. Idle between them, so that it does not slow the other side down.
 *
 * <p>{@code PYTHON} in the environment is the interpreter, {@code PYTHON_PRELOAD} a library that is
 * loaded into it before all others, such as a faster BLAS.
 */
final class PythonSide implements AutoCloseable {
  private final Process process;
  private final BufferedWriter requests;
  private final BufferedReader answers;

  private PythonSide(Process process) {
    this.process = process;
    requests = process.outputWriter(StandardCharsets.UTF_8);
    answers = process.inputReader(StandardCharsets.UTF_8);
  }

  /**
   * @param threads that each of its operations may use
   */
  static PythonSide start(int threads) throws IOException {
    String python = System.getenv().getOrDefault("PYTHON", "python3");
    ProcessBuilder builder =
        new ProcessBuilder(python, script().toString(), Integer.toString(threads));
    Map<String, String> environment = builder.environment();
    // Our own settings are not a plain script's.
    environment.remove("OMP_WAIT_POLICY");
    for (String pool : new String[] {"OMP", "OPENBLAS", "MKL"}) {
      environment.put(pool + "_NUM_THREADS", Integer.toString(threads));
    }
    String preload = environment.get("PYTHON_PRELOAD");
    if (preload != null) {
      environment.put("LD_PRELOAD", preload);
    }
    return new PythonSide(builder.redirectError(ProcessBuilder.Redirect.INHERIT).start());
  }

  private static Path script() {
    try {
      return Path.of(PythonSide.class.getResource("/bench/plain_pytorch.py").toURI());
    } catch (URISyntaxException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What it runs on: {@code python}, {@code torch}, {@code config}, {@code libraries}. */
  JsonNode describe() {
    return ask("describe", JsonNodeFactory.instance.objectNode());
  }

  /** Opens the networks that what follows is computed with. */
  void open(ObjectNode networks) {
    ask("open", networks);
  }

  /**
   * How far its results are from those in a file.
   *
   * @return result -> largest difference relative to the largest number
   */
  Map<String, Double> differences(ObjectNode computation, Path example) {
    Map<String, Double> all = new LinkedHashMap<>();
    ask("check", computation.deepCopy().put("file", example.toString()))
        .properties()
        .forEach(each -> all.put(each.getKey(), each.getValue().asDouble(Double.NaN)));
    return all;
  }

  /** Seconds that it takes to compute something so many times, of a file's inputs. */
  double seconds(ObjectNode computation, Path example, int iterations) {
    ObjectNode request = computation.deepCopy();
    request.put("file", example.toString()).put("iterations", iterations);
    return ask("time", request).path("seconds").asDouble(Double.NaN);
  }

  private JsonNode ask(String what, ObjectNode request) {
    try {
      requests.write(request.deepCopy().put("do", what).toString());
      requests.newLine();
      requests.flush();
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException("Python ended when asked to " + what);
      }
      JsonNode answer = Json.parse(line, JsonNode.class);
      if (answer.has("error")) {
        throw new IllegalStateException(
            "Python, asked to %s: %s".formatted(what, answer.get("error").asText()));
      }
      return answer;
    } catch (IOException e) {
      throw new UncheckedIOException("Python ended when asked to " + what, e);
    }
  }

  /** It ends with its input. */
  @Override
  public void close() throws IOException {
    requests.close();
    process.onExit().join();
    answers.close();
  }
}
