package org.tiltlens.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonSettingsTest {
  @TempDir Path folder;

  private JsonSettings settings(String text) throws IOException {
    Files.writeString(folder.resolve("config.json"), text);
    return JsonSettings.in(folder, "config.json").orElseThrow();
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheText() throws IOException {
    assertThat(settings("\uFEFF{\"k\": 3}").integer("k", null)).isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"NaN", "Infinity", "-Infinity"})
  void pythonsNumbersAreReadAndRefusedWhereTheyMatter(String number) throws IOException {
    JsonSettings settings = settings("{\"l1\": " + number + ", \"k\": 3}");
    assertThat(settings.integer("k", null)).isEqualTo(3);
    assertThatThrownBy(() -> settings.number("l1"))
        .isInstanceOf(CheckpointException.class)
        .hasMessageEndingWith("config.json: l1 is " + number + ", expected a finite number");
    assertThatThrownBy(() -> settings.integer("l1", null))
        .hasMessageEndingWith("config.json: l1 is " + number + ", expected a whole number");
    assertThatThrownBy(() -> settings.flag("l1", false)).hasMessageContaining("l1 is ");
  }

  @Test
  void settingsInsideAFileOfWeightsAreAnObjectAgain() {
    Map<String, String> metadata =
        Map.of("cfg.kwargs.k", "2", "cfg.centred", "true", "cfg.name", "2 sites", "other", "1");
    JsonSettings settings = JsonSettings.in(metadata, "cfg", "sae.pt").orElseThrow();
    assertThat(settings.inside("kwargs").integer("k", null)).isEqualTo(2);
    assertThat(settings.flag("centred", false)).isTrue();
    assertThat(settings.text("name", null)).isEqualTo("2 sites");
    assertThat(settings.has("other")).isFalse();
    assertThat(JsonSettings.in(metadata, "config", "sae.pt")).isEmpty();
  }

  /** Names in a pickle may hold dots, and say one thing twice. */
  @Test
  void namesThatContradictEachOtherAreSurvived() {
    Map<String, String> metadata =
        Map.of("cfg.a", "1", "cfg.a.b", "2", "cfg..", "3", "cfg.", "4", "cfg.n", "1e", "cfg.-", "");
    assertThat(JsonSettings.in(metadata, "cfg", "sae.pt")).isPresent();
  }
}
