package org.tiltlens.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
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
import org.tiltlens.study.Demo;
import org.tiltlens.study.DemoFixture;
import org.tiltlens.study.DemoSpec;
import org.tiltlens.study.Execution;
import org.tiltlens.study.GalleryPage;
import org.tiltlens.study.Json;
import org.tiltlens.study.Progress;

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

  private final List<String> complaints = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private BrowserContext context;
  private Page page;

  @BeforeAll
  static void start() throws IOException {
    chromium = Chromium.start();
    Path madeUp = temporary.resolve(Subject.MADE_UP.name());
    GalleryPage.write(madeUp, DemoFixture.write(madeUp));
    DemoSpec small = new DemoSpec("embedded:", 2, 2, List.of(90.0, 99.5), null, 2, "4", 45);
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
    context.close();
  }

  private Path demo() {
    return temporary.resolve(subject.name());
  }

  private void open(int width, ColorScheme scheme) {
    context =
        chromium
            .browser()
            .newContext(
                new Browser.NewContextOptions().setViewportSize(width, 900).setColorScheme(scheme));
    page = context.newPage();
    page.onConsoleMessage(message -> complaints.add(message.text()));
    page.onPageError(complaints::add);
    page.onRequest(request -> requests.add(request.url()));
    page.navigate(demo().resolve("index.html").toUri().toString());
  }

  private Object evaluate(String script) {
    return page.evaluate(script);
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT", "390, DARK"})
  void isWholeAndFitsTheWindow(int width, ColorScheme scheme) {
    open(width, scheme);
    assertThat(page.locator("img").count()).isPositive();
    assertThat(
            evaluate(
                "[...document.images].filter(i => !(i.complete && i.naturalWidth > 0)).length"))
        .isEqualTo(0);
    assertThat(evaluate("document.documentElement.scrollWidth - window.innerWidth")).isEqualTo(0);
    assertThat(requests).allMatch(url -> url.startsWith("file:") || url.startsWith("data:"));
    assertThat(complaints).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"LIGHT", "DARK"})
  void textStandsOutInBothColourSchemes(ColorScheme scheme) {
    open(1280, scheme);
    double paper = brightness("body", "background-color");
    assertThat(paper > 0.5).isEqualTo(scheme == ColorScheme.LIGHT);
    for (String text : List.of("body", "dt", ".reading i", "a")) {
      double ink = brightness(text, "color");
      double contrast = (Math.max(paper, ink) + 0.05) / (Math.min(paper, ink) + 0.05);
      assertThat(contrast).as(text).isGreaterThan(4.5);
    }
  }

  /** Relative luminance, in [0, 1], as the web's accessibility guidelines define it. */
  private double brightness(String selector, String property) {
    Object channels =
        page.locator(selector)
            .first()
            .evaluate(
                "(e, p) => getComputedStyle(e).getPropertyValue(p).match(/[\\d.]+/g).slice(0,"
                    + " 3).map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) /"
                    + " 1.055) ** 2.4)",
                property);
    List<Double> rgb = ((List<?>) channels).stream().map(c -> ((Number) c).doubleValue()).toList();
    return 0.2126 * rgb.get(0) + 0.7152 * rgb.get(1) + 0.0722 * rgb.get(2);
  }

  @Test
  void numbersAreThoseOfTheRun() throws IOException {
    open(1280, ColorScheme.LIGHT);
    JsonNode run = Json.read(demo().resolve("run.json"), null, JsonNode.class);
    Set<String> shown = new TreeSet<>();
    for (Locator number : page.locator("data").all()) {
      String at = number.getAttribute("data-at");
      String over = number.getAttribute("data-over");
      double value = run.at(at).asDouble(Double.NaN);
      double expected = over == null ? value : value / run.at(over).asDouble(Double.NaN);
      assertThat(Double.parseDouble(number.getAttribute("value"))).as(at).isEqualTo(expected);
      assertRounded(number.textContent(), expected, at);
      shown.add(at);
    }
    assertThat(shown).containsAll(expectedNumbers(run));
  }

  /** The text is the value with as many digits as it shows; shares are shown in percent. */
  private static void assertRounded(String text, double value, String at) {
    String digits = text.strip().split(" ")[0];
    double unit = text.contains("%") ? 100 : 1;
    int point = digits.indexOf('.');
    int decimals = point < 0 ? 0 : digits.length() - point - 1;
    assertThat(Double.parseDouble(digits))
        .as(at)
        .isCloseTo(unit * value, within(0.5001 * Math.pow(10, -decimals)));
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
  void oneBoxHidesAllActivationMapsAndShowsThemAgain() {
    open(1280, ColorScheme.LIGHT);
    Locator maps = page.locator(".overlay");
    Locator visible = page.locator(".overlay:visible");
    Locator box = page.getByLabel("Activation maps");
    assertThat(maps.count()).isPositive();
    assertThat(visible.count()).isEqualTo(maps.count());
    box.press("Space");
    assertThat(visible.count()).isZero();
    box.press("Space");
    assertThat(visible.count()).isEqualTo(maps.count());
  }

  @Test
  void activationMapsLieExactlyOverTheirImages() {
    open(390, ColorScheme.LIGHT);
    assertThat(
            evaluate(
                "[...document.querySelectorAll('.overlay')].filter(o => { const a ="
                    + " o.getBoundingClientRect(); const b ="
                    + " o.previousElementSibling.getBoundingClientRect(); return a.x !== b.x || a.y"
                    + " !== b.y || a.width !== b.width || a.height !== b.height; }).length"))
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
