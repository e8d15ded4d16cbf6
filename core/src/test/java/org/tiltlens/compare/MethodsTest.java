package org.tiltlens.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.tiltlens.models.StepsSpec;
import org.tiltlens.run.Json;
import org.tiltlens.tilting.Target;

/** What all methods of a comparison have to keep to. */
class MethodsTest {
  @TempDir private Path folder;

  static List<Method> all() {
    return Methods.ALL;
  }

  static Stream<SettableMethod<?>> settable() {
    return all().stream()
        .filter(SettableMethod.class::isInstance)
        .map(method -> (SettableMethod<?>) method);
  }

  @Test
  void keysInFilesAndOnTheCommandLineStay() {
    assertThat(all())
        .extracting(Method::key)
        .containsExactly(
            "top_k",
            "soft_retrieval",
            "exact",
            "tilt",
            "twisted",
            "constant",
            "constant_equal_steps",
            "pixel",
            "fourier",
            "maco",
            "vital",
            "diffexplainer",
            "dexter");
  }

  @Test
  void peopleCanTellThemApart() {
    assertThat(all()).extracting(Method::label).doesNotHaveDuplicates();
    assertThat(all()).extracting(Method::meaning).doesNotHaveDuplicates();
    assertThat(all()).extracting(Method::mark).doesNotHaveDuplicates();
  }

  @ParameterizedTest
  @MethodSource("all")
  void inJsonAMethodIsItsKey(Method method) throws Exception {
    Path json = folder.resolve("method.json");
    Files.writeString(json, Json.write(Map.of("method", method)));
    assertThat(Json.read(json, null, HashMap.class)).isEqualTo(Map.of("method", method.key()));
    Files.writeString(json, "\"" + method.key() + "\"");
    assertThat(Json.read(json, null, Method.class)).isSameAs(method);
  }

  @ParameterizedTest
  @MethodSource("settable")
  void settingsAreChangedByName(SettableMethod<?> method) {
    assertThat(RecordSettings.with(method.defaults(32), Map.of(), method.key()))
        .isEqualTo(method.defaults(32));
    assertThat(
            RecordSettings.with(method.defaults(32), Map.of("steps", "7"), method.key()).toString())
        .contains("steps=7");
    assertThatThrownBy(
            () -> RecordSettings.with(method.defaults(32), Map.of("stepz", "7"), method.key()))
        .hasMessageStartingWith("unknown setting '" + method.key() + ".stepz'");
  }

  /** Folders of finished cells are named by it: another one would draw them all again. */
  @Test
  void onlyWhatDecidesAMethodsOwnImagesNamesThem() {
    CompareSpec spec =
        new CompareSpec(
            "embedded:",
            List.of(3),
            all(),
            2,
            Target.percentile(99),
            null,
            4,
            null,
            null,
            "3",
            Map.of(),
            MeasureSpec.USUAL.withReference(20),
            45,
            1,
            Map.of());
    assertThat(all())
        .filteredOn(method -> !method.decidedBy(spec).isEmpty())
        .extracting(method -> method.key() + " " + method.decidedBy(spec))
        .containsExactly("tilt {pilots=null}", "twisted {particles=4}");
    assertThat(out(new StepsSpec.Ddpm())).isEmpty();
    assertThat(out(new StepsSpec.Ddim(0))).containsExactly("twisted");
    assertThat(out(new StepsSpec.Lcm())).containsExactly("twisted");
    assertThat(out(new StepsSpec.Heun())).containsExactly("twisted", "constant_equal_steps");
    assertThat(out(new StepsSpec.DpmSolver())).containsExactly("twisted", "constant_equal_steps");
    assertThat(all()).filteredOn(Method::findsBeta).extracting(Method::key).containsExactly("tilt");
  }

  /** The usual methods that have no place in some steps. */
  private static List<String> out(StepsSpec.Form form) {
    return Methods.USUAL.stream()
        .filter(method -> !Methods.usual(form).contains(method))
        .map(Method::key)
        .toList();
  }
}
