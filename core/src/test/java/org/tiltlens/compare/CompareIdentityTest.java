package org.tiltlens.compare;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.tilting.Target;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;

/** What makes the parts of two comparisons the same, and what does not. */
class CompareIdentityTest {
  private static final Execution CPU = new Execution("cpu", 2, 4, 1);
  private static final Execution GPU = new Execution("cuda:0", 2, 4, 1);

  /** How a comparison was made. */
  private record Made(Execution how, String network, String corpus) {
    private static final Made SO = on(CPU);

    private static Made on(Execution how) {
      return new Made(how, "4f", "c0ffee");
    }
  }

  private static CompareContext comparison(Made made) {
    return comparison(made, Map.of(), Map.of());
  }

  private static CompareContext comparison(
      Made made, Map<String, String> settings, Map<String, String> named) {
    CompareSpec spec =
        new CompareSpec(
            "embedded:",
            List.of(3),
            List.of(Method.of("tilt")),
            2,
            Target.percentile(99),
            null,
            4,
            null,
            null,
            "3",
            settings,
            MeasureSpec.USUAL.withReference(20),
            45,
            1,
            Map.of());
    Map<String, String> hashes = Map.of("network.pt", made.network);
    return new CompareContext(
        spec,
        made.how,
        null,
        hashes,
        hashes,
        Map.of(),
        named,
        false,
        made.corpus,
        Device.CPU,
        null,
        new Lanes(1, 1),
        Path.of("out"),
        Progress.SILENT);
  }

  /** What a comparison keeps in its folder: a cell, and what cells share. */
  private static Stream<Function<CompareContext, String>> kept() {
    return Stream.of(
        CompareContext::identity,
        context -> context.identity(3, Method.of("tilt")),
        context -> context.shared("scores-3"));
  }

  @ParameterizedTest
  @MethodSource("kept")
  void partsOfAComparisonAreNamedByAllThatDecidesThem(Function<CompareContext, String> kept) {
    List<Made> others =
        List.of(
            new Made(CPU, "50", "c0ffee"),
            new Made(CPU, "4f", "decaf"),
            Made.on(new Execution("cpu", 2, 4, 2)),
            Made.on(GPU),
            Made.on(new Execution("cuda:0", 3, 4, 1)));
    assertThat(Stream.concat(Stream.of(Made.SO), others.stream()))
        .extracting(made -> kept.apply(comparison(made)))
        .doesNotHaveDuplicates();
    assertThat(kept.apply(comparison(Made.on(new Execution("cpu", 7, 7, 1)))))
        .isEqualTo(kept.apply(comparison(Made.SO)));
  }

  @Test
  void theFormOfAStepDecidesTheComparisonAndItsCells() {
    CompareContext ancestral = comparison(Made.SO);
    CompareContext lcm =
        new CompareContext(
            ancestral.spec().withSteps(new StepsSpec.Lcm(), ancestral.spec().respacing()),
            ancestral.execution(),
            null,
            ancestral.models(),
            ancestral.files(),
            Map.of(),
            Map.of(),
            false,
            ancestral.corpus(),
            Device.CPU,
            null,
            ancestral.lanes(),
            ancestral.folder(),
            Progress.SILENT);
    assertThat(lcm.identity()).isNotEqualTo(ancestral.identity()).contains("\"kind\" : \"lcm\"");
    assertThat(lcm.identity(3, Method.of("tilt")))
        .isNotEqualTo(ancestral.identity(3, Method.of("tilt")))
        .contains("\"form\" : \"lcm\"");
  }

  /** Cells of the others stay what they are. */
  @Test
  void aModelThatOneMethodNamesDecidesItsCellsAlone() {
    Map<String, String> settings = Map.of("dexter.bert", "models/bert");
    List<CompareContext> made =
        Stream.of("4f", "50")
            .map(hash -> Map.of("models/bert/vocab.txt", hash))
            .map(named -> comparison(Made.SO, settings, named))
            .toList();
    assertThat(made).extracting(CompareContext::identity).doesNotHaveDuplicates();
    assertThat(made)
        .extracting(context -> context.identity(3, Method.of("dexter")))
        .doesNotHaveDuplicates();
    assertThat(made)
        .extracting(context -> context.identity(3, Method.of("tilt")))
        .containsOnly(comparison(Made.SO).identity(3, Method.of("tilt")));
    assertThat(comparison(Made.SO, settings, Map.of("models/bert2/vocab.txt", "4f")))
        .extracting(context -> context.identity(3, Method.of("dexter")))
        .isEqualTo(comparison(Made.SO, settings, Map.of()).identity(3, Method.of("dexter")));
  }
}
