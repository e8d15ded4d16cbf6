package org.tiltlens.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.Parameter;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.tiltlens.demo.Demo;
import org.tiltlens.demo.DemoFixture;
import org.tiltlens.demo.DemoSpec;
import org.tiltlens.demo.GalleryPage;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Json;
import org.tiltlens.run.Progress;

/**
 * A demo's page as a browser shows it: one with made-up numbers and hostile names, and a short one
 * of the embedded models.
 */
@ParameterizedClass
@EnumSource
class GalleryInBrowserTest {
  /** Whose page it is. */
  enum Subject {
    MADE_UP,
    EMBEDDED_MODELS
  }

  @TempDir private static Path temporary;
  private static Chromium chromium;

  @Parameter private Subject subject;

  private OpenPage opened;
  private Page page;

  @BeforeAll
  static void start() throws IOException {
    chromium = Chromium.start();
    Path madeUp = temporary.resolve(Subject.MADE_UP.name());
    GalleryPage.write(madeUp, DemoFixture.write(madeUp));
    DemoSpec small =
        new DemoSpec(
            "embedded:", 2, 2, List.of(90.0, 99.5), false, null, 2, null, "4", 45, Map.of());
    Path drawn = temporary.resolve(Subject.EMBEDDED_MODELS.name());
    Demo.run(small, Execution.onCpu(2), drawn, Progress.SILENT);
  }

  @AfterAll
  static void stop() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @AfterEach
  void leave() {
    opened.close();
  }

  private Path demo() {
    return temporary.resolve(subject.name());
  }

  private void open(int width, ColorScheme scheme) {
    opened = OpenPage.of(chromium, demo(), OpenPage.window(width, scheme));
    page = opened.page();
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT", "390, DARK"})
  void isWholeAndFitsTheWindow(int width, ColorScheme scheme) {
    open(width, scheme);
    opened.assertWholeAndFitting();
  }

  @ParameterizedTest
  @CsvSource({"LIGHT", "DARK"})
  void textStandsOutInBothColourSchemes(ColorScheme scheme) {
    open(1280, scheme);
    opened.assertReadable(scheme, List.of("body", "dt", ".reading i", "a"));
  }

  @Test
  void numbersAreThoseOfTheRun() throws IOException {
    open(1280, ColorScheme.LIGHT);
    JsonNode run = Json.read(demo().resolve("run.json"), null, JsonNode.class);
    assertThat(opened.assertNumbersOf(run)).containsAll(expectedNumbers(run));
  }

  /** Where the numbers are that the page must not leave out, as far as the run has them. */
  private static Set<String> expectedNumbers(JsonNode run) {
    Set<String> places = new TreeSet<>();
    places.add("/unguided/mean_bits_per_dim");
    for (int i = 0; i < run.at("/results").size(); i++) {
      String result = "/results/" + i;
      for (String key :
          List.of(
              "target/percentile",
              "target/activation",
              "beta",
              "mean_score",
              "reached_percentile",
              "mean_bits_per_dim",
              "path_kl")) {
        places.add(result + "/" + key);
      }
      for (int j = 0; j < run.at(result + "/images").size(); j++) {
        places.add(result + "/images/" + j + "/score");
        places.add(result + "/images/" + j + "/percentile");
      }
    }
    for (int i = 0; i < run.at("/features").size(); i++) {
      for (int j = 0; j < run.at("/features/" + i + "/images").size(); j++) {
        places.add("/features/" + i + "/images/" + j + "/score");
      }
    }
    places.removeIf(at -> run.at(at).isMissingNode());
    return places;
  }

  @Test
  void oneOfTheMapsIsShownOrNone() {
    open(1280, ColorScheme.LIGHT);
    Locator visible = page.locator(".overlay:visible");
    int images = page.locator("[data-map='activation']").count();
    assertThat(images).isPositive();
    assertThat(page.locator("[data-map='activation']:visible").count()).isEqualTo(images);
    for (String map : List.of("gradient-activation", "grad-cam", "occlusion", "activation")) {
      page.getByLabel("Maps").selectOption(map);
      assertThat(visible.count()).as(map).isEqualTo(images);
      assertThat(page.locator("[data-map='" + map + "']:visible").count())
          .as(map)
          .isEqualTo(images);
    }
    page.getByLabel("Maps").selectOption("none");
    assertThat(visible.count()).isZero();
  }

  @Test
  void activationMapsLieExactlyOverTheirImages() {
    open(390, ColorScheme.LIGHT);
    assertThat(
            opened.evaluate(
                "[...document.querySelectorAll('.overlay')].filter(o => { const a ="
                    + " o.getBoundingClientRect(); const b ="
                    + " o.parentElement.firstElementChild.getBoundingClientRect(); return a.x !=="
                    + " b.x || a.y !== b.y || a.width !== b.width || a.height !== b.height;"
                    + " }).length"))
        .isEqualTo(0);
  }

  @Test
  void linksLeadToTheFeatures() {
    open(1280, ColorScheme.LIGHT);
    for (Locator link : page.locator("a[href^='#']").all()) {
      assertThat(page.locator(link.getAttribute("href")).count())
          .as(link.getAttribute("href"))
          .isEqualTo(1);
    }
    assertThat(page.locator("a[href='run.json']").count()).isEqualTo(1);
  }

  @Test
  void strangersTextDoesNothing() {
    open(1280, ColorScheme.LIGHT);
    assertThat(page.title()).isEqualTo("Tiltlens: what features respond to");
    assertThat(page.locator("script").count()).isZero();
  }
}
