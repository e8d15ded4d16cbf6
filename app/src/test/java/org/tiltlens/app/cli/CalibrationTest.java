package org.tiltlens.app.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Runs of the embedded bundle that look for the beta of a target. */
class CalibrationTest {
  private static final String COUNT = "6";

  @TempDir Path folder;

  private JsonNode run(String out, String... arguments) throws IOException {
    List<String> always =
        List.of(
            "visualize",
            "--guidance",
            "tilt",
            "--feature",
            "117",
            "--steps",
            "8",
            "--count",
            COUNT,
            "--json",
            "--out",
            folder.resolve(out).toString());
    Outcome outcome = Outcome.of(Stream.concat(always.stream(), Stream.of(arguments)).toList());
    return new ObjectMapper().readTree(outcome.assertDone().out()).at("/results/0");
  }

  /** Its mean would else be the wanted one by construction. */
  @Test
  void theRunIsOutOfSampleOfItsPilots() throws IOException {
    JsonNode aimed = run("aimed", "--target-percentile", "95", "--pilot-images", COUNT);
    double wanted = aimed.at("/target/activation").asDouble();
    List<JsonNode> pilots = new ArrayList<>();
    aimed.at("/pilots").forEach(pilots::add);
    JsonNode nearest =
        pilots.stream()
            .min(
                Comparator.comparingDouble(
                    pilot -> Math.abs(pilot.at("/mean_score").asDouble() - wanted)))
            .orElseThrow();

    // Six images in eight steps jump: the nearest pilot may be up to 10 % off.
    assertThat(nearest.at("/mean_score").asDouble()).isCloseTo(wanted, within(0.1 * wanted));
    assertThat(nearest.at("/beta")).isEqualTo(aimed.at("/beta"));
    assertThat(pilots).hasSizeGreaterThan(1);
    assertThat(pilots)
        .allSatisfy(
            pilot ->
                assertThat(pilot.at("/mean_score").asDouble())
                    .isNotCloseTo(aimed.at("/mean_score").asDouble(), within(1e-6)));
    assertThat(aimed.at("/beta_standard_error").asDouble())
        .isBetween(0.01 * aimed.at("/beta").asDouble(), 10 * aimed.at("/beta").asDouble());

    JsonNode given = run("given", "--beta", aimed.at("/beta").asText());
    assertThat(given.at("/images")).isEqualTo(aimed.at("/images"));
    assertThat(given.at("/beta_standard_error").isMissingNode()).isTrue();
  }

  @Test
  void rungsAreEvenlySpacedBetas() throws IOException {
    JsonNode rungs = run("rungs", "--beta", "0.5", "--rungs", "2");
    JsonNode betas = run("betas", "--beta", "0.5", "--betas", "0.25");
    for (String number : List.of("/log_z", "/kl", "/certificate", "/ladder")) {
      assertThat(rungs.at(number).isMissingNode()).isFalse();
      assertThat(rungs.at(number)).isEqualTo(betas.at(number));
    }
    assertThat(rungs.at("/ladder")).hasSize(3);
  }

  @Test
  void rungsGoWithATarget() throws IOException {
    JsonNode aimed = run("both", "--target-percentile", "90", "--pilots", "0", "--rungs", "1");
    assertThat(aimed.at("/ladder/1/beta")).isEqualTo(aimed.at("/beta"));
    assertThat(aimed.at("/kl").isNumber()).isTrue();
  }
}
