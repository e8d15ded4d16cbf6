package org.tiltlens.jobs;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.compare.Compare;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.compose.Composition;
import org.tiltlens.compose.CompositionResult;
import org.tiltlens.demo.Demo;
import org.tiltlens.demo.DemoResult;
import org.tiltlens.explain.ExplainResult;
import org.tiltlens.explain.ExplainStudy;
import org.tiltlens.frontier.Frontier;
import org.tiltlens.frontier.FrontierResult;
import org.tiltlens.retrieve.RetrievalResult;
import org.tiltlens.retrieve.RetrievalStudy;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.study.Study;
import org.tiltlens.study.StudyResult;

/** What makes two runs of a command the same, and what does not. */
class RunIdentityTest {
  private static final Execution CPU = new Execution("cpu", 2, 4, 1);
  private static final Execution GPU = new Execution("cuda:0", 2, 4, 1);

  @TempDir private Path folder;

  /** How a run was made. */
  private record Made(String release, Execution how, String network, String corpus) {
    private static final Made SO = on(CPU);

    private static Made on(Execution how) {
      return new Made("1.0", how, "4f", "c0ffee");
    }
  }

  /** The identity that a command reads out of what a finished run wrote. */
  private interface OfFile {
    String of(Path runJson) throws IOException;
  }

  private record Command(String name, String spec, String corpus, OfFile identity) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Stream<Command> commands() {
    String none = "null";
    String text = "\"%s\"";
    String note = "{\"images\": 3, \"licence\": \"\", \"fingerprint\": \"%s\"}";
    return Stream.of(
        command("visualize", none, none, StudyResult.class, Study::identity),
        command("compose", none, text, CompositionResult.class, Composition::identity),
        command("retrieve", none, text, RetrievalResult.class, RetrievalStudy::identity),
        command("explain", EXPLAINED, text, ExplainResult.class, ExplainStudy::identity),
        command("frontier", none, note, FrontierResult.class, Frontier::identity),
        command("compare", none, note, CompareResult.class, Compare::identity),
        command("demo", none, note, DemoResult.class, Demo::identity));
  }

  private static final String EXPLAINED =
      """
      {"vision": "v", "unit": "feature:1", "image": "picture.png", "limit": 1,
       "reduction": "max", "center": 0.5,
       "framing": {"size": 32, "fit": "PAD"}, "occlusion_patch": 4, "occlusion_stride": 4}
      """;

  private static <T> Command command(
      String name, String spec, String corpus, Class<T> type, Function<T, String> identity) {
    return new Command(name, spec, corpus, file -> identity.apply(Json.read(file, null, type)));
  }

  private String identity(Command command, Made made) throws IOException {
    Path file = folder.resolve("run.json");
    Files.writeString(
        file,
        """
        {"tiltlens": "%s", "command": "%s", "spec": %s, "execution": %s, "seconds": %d,
         "model_sha256": {"network.pt": "%s"}, "corpus": %s}
        """
            .formatted(
                made.release,
                command.name,
                command.spec,
                Json.write(made.how),
                System.nanoTime(),
                made.network,
                command.corpus.formatted(made.corpus)));
    return command.identity.of(file);
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isAnotherWithAllThatDecidesBits(Command command) throws IOException {
    String so = identity(command, Made.SO);
    assertThat(identity(command, Made.SO)).isEqualTo(so);
    assertThat(identity(command, new Made("1.1", CPU, "4f", "c0ffee"))).isNotEqualTo(so);
    assertThat(identity(command, new Made("1.0", CPU, "50", "c0ffee"))).isNotEqualTo(so);
    assertThat(identity(command, Made.on(GPU))).isNotEqualTo(so);
    assertThat(identity(command, Made.on(new Execution("cpu", 2, 4, 2)))).isNotEqualTo(so);
    assertThat(identity(command, Made.on(new Execution("cuda:0", 3, 4, 1))))
        .isNotEqualTo(identity(command, Made.on(GPU)));
    if (!command.name.equals("visualize")) {
      assertThat(identity(command, new Made("1.0", CPU, "4f", "decaf"))).isNotEqualTo(so);
    }
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isTheSameWhateverDecidesNoBit(Command command) throws IOException {
    String so = identity(command, Made.SO);
    assertThat(identity(command, Made.on(new Execution("cpu", 2, 1, 1)))).isEqualTo(so);
    assertThat(identity(command, Made.on(new Execution("cpu", 9, 4, 1)))).isEqualTo(so);
    assertThat(identity(command, Made.on(new Execution("cuda:0", 2, 9, 3))))
        .isEqualTo(identity(command, Made.on(GPU)));
  }

  @ParameterizedTest
  @MethodSource("commands")
  void isOfItsCommand(Command command) throws IOException {
    Command other = new Command("other", command.spec, command.corpus, command.identity);
    assertThat(identity(other, Made.SO)).isNotEqualTo(identity(command, Made.SO));
  }
}
