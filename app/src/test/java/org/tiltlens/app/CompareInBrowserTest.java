package org.tiltlens.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.compare.CompareFiles;
import org.tiltlens.compare.CompareFixture;
import org.tiltlens.compare.CompareResult;
import org.tiltlens.run.Json;

/** A comparison's page as a browser shows it. */
class CompareInBrowserTest {
  private static final String CELLS = ".grid > table > tbody > tr > td";
  private static final String SORTED = ".grid > table > thead th[aria-sort]";

  @TempDir private static Path folder;
  private static Chromium chromium;
  private static CompareResult run;

  private OpenPage opened;
  private Page page;

  @BeforeAll
  static void start() throws IOException {
    chromium = Chromium.start();
    run = CompareFixture.write(folder);
    CompareFiles.write(folder, run);
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

  private void open(int width, ColorScheme scheme) {
    open(OpenPage.window(width, scheme));
  }

  private void open(Browser.NewContextOptions options) {
    opened = OpenPage.of(chromium, folder, options);
    page = opened.page();
  }

  private void open() {
    open(1280, ColorScheme.LIGHT);
  }

  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "1280, DARK", "390, LIGHT", "390, DARK"})
  void isWholeAndFitsTheWindow(int width, ColorScheme scheme) {
    open(width, scheme);
    opened.assertWholeAndFitting();
    opened.assertReadable(scheme, List.of("body", "dt", ".failure", "small", "summary", "a"));
  }

  @Test
  void numbersAreThoseOfTheRun() throws IOException {
    open();
    JsonNode json = Json.read(folder.resolve("compare.json"), null, JsonNode.class);
    Set<String> shown = opened.assertNumbersOf(json);
    for (int i = 0; i < json.at("/results").size(); i++) {
      String cell = "/results/" + i;
      if (json.at(cell + "/metrics").isMissingNode()) {
        continue;
      }
      for (String key :
          List.of(
              "mean_score/value",
              "mean_score/low",
              "mean_score/high",
              "mean_score/samples",
              "reached_percentile",
              "active_share",
              "median_rank",
              "bits_per_dim/value",
              "same_score/frechet/value",
              "same_score/reference",
              "same_score/kernel/value",
              "same_score/precision",
              "whole_corpus/frechet/high",
              "diversity",
              "vendi_score")) {
        assertThat(shown).contains(cell + "/metrics/" + key);
      }
      if (!json.at(cell + "/metrics/judged/classes").isMissingNode()) {
        assertThat(shown)
            .contains(
                cell + "/metrics/judged/classes/low",
                cell + "/metrics/judged/classes_floor",
                cell + "/metrics/judged/tilt_ess",
                cell + "/metrics/judged/tilt_seen/standard_error");
      }
      assertThat(shown)
          .contains(
              cell + "/metrics/judged/seen/value", cell + "/metrics/judged/seen/standard_error");
      for (String key :
          List.of("score", "score_after_topk", "percentile", "rank", "bits_per_dim")) {
        assertThat(shown).contains(cell + "/images/3/" + key);
      }
    }
    for (int i = 0; i < run.medians().size(); i++) {
      String numbers = "/medians/" + i + "/numbers/";
      assertThat(shown)
          .contains(
              "/medians/" + i + "/features",
              numbers + "kernel_corpus/value",
              numbers + "kernel_corpus/high",
              numbers + "classes/value",
              numbers + "classes_floor/value",
              numbers + "seen/value",
              numbers + "tilt_seen/value");
    }
    assertThat(shown)
        .contains(
            "/floor/kernel_same_score/value",
            "/yardsticks/0/numbers/bits_per_dim/low",
            "/yardsticks/1/numbers/kernel_corpus/value");
  }

  @Test
  void failuresAreToldAndStrangersTextDoesNothing() {
    open();
    assertThat(page.locator(CELLS + " .failure").allTextContents())
        .containsExactly("failed: " + CompareFixture.FAILURE);
    assertThat(page.title()).isEqualTo("Tiltlens: methods side by side");
    assertThat(page.locator("script").count()).isEqualTo(1);
  }

  @Test
  void onlyItsOwnScriptMayRun() {
    open();
    opened.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'document.title ="
            + " 1'; document.body.append(s); }");
    assertThat(page.title()).isEqualTo("Tiltlens: methods side by side");
  }

  private List<String> column(Locator rows, String number) {
    return rows.all().stream()
        .map(row -> row.locator(number).first())
        .map(found -> found.count() == 0 ? "" : found.getAttribute("value"))
        .toList();
  }

  @Test
  void mediansAreSortedByAHeading() {
    open();
    Locator rows = page.locator(".medians tbody tr");
    List<String> headings = page.locator(".medians thead th").allTextContents();
    int bits = headings.indexOf("bits/dim, 50-step bound");
    Locator heading = page.locator(".medians thead th").nth(bits);
    heading.locator("button").click();
    assertThat(heading.getAttribute("aria-sort")).isEqualTo("descending");
    String number = "td:nth-child(" + (bits + 1) + ") data";
    // Four methods and two yardsticks; the floor has none, and is last whatever the order.
    List<String> sorted = column(rows, number);
    assertThat(sorted).hasSize(7).last().isEqualTo("");
    assertThat(numbers(sorted.subList(0, 6))).isSortedAccordingTo(Comparator.reverseOrder());
    heading.locator("button").press("Enter");
    assertThat(heading.getAttribute("aria-sort")).isEqualTo("ascending");
    assertThat(numbers(column(rows, number).subList(0, 6))).isSorted();
    page.locator(".medians thead th").first().locator("button").click();
    assertThat(page.locator(".medians thead [aria-sort]").count()).isEqualTo(1);
    assertThat(page.locator(".medians tbody th").allTextContents())
        .isSortedAccordingTo(String.CASE_INSENSITIVE_ORDER);
  }

  private static List<Double> numbers(List<String> texts) {
    return texts.stream().map(Double::valueOf).toList();
  }

  @Test
  void rowsAreSortedByANumberOfAMethod() {
    open();
    List<String> first = rowIds();
    Locator rows = page.locator(".grid > table > tbody > tr");
    String number = "[data-method=vital] [data-quantity=frechet_corpus] data";
    page.selectOption("#order-quantity", "frechet_corpus");
    page.selectOption("#order-method", "vital");
    assertThat(numbers(column(rows, number))).isSortedAccordingTo(Comparator.reverseOrder());
    assertThat(page.locator(SORTED).getAttribute("data-method")).isEqualTo("vital");
    assertThat(page.locator(SORTED).getAttribute("aria-sort")).isEqualTo("descending");
    page.selectOption("#order-direction", "ascending");
    assertThat(numbers(column(rows, number))).isSorted();
    assertThat(page.locator(SORTED).getAttribute("aria-sort")).isEqualTo("ascending");
    page.selectOption("#order-quantity", "");
    assertThat(rowIds()).isEqualTo(first);
    assertThat(page.locator(SORTED).count()).isZero();
  }

  private List<String> rowIds() {
    return page.locator(".grid > table > tbody > tr").all().stream()
        .map(row -> row.getAttribute("id"))
        .toList();
  }

  @Test
  void aMethodsHeadingSortsAndFailuresComeLast() {
    open();
    Locator rows = page.locator(".grid > table > tbody > tr");
    Locator heading = page.locator(".grid thead [data-method=constant] button");
    for (String direction : List.of("descending", "ascending")) {
      heading.click();
      assertThat(page.locator(SORTED).getAttribute("aria-sort")).isEqualTo(direction);
      List<String> scores = column(rows, "[data-method=constant] [data-quantity=score] data");
      assertThat(scores.get(2)).isEmpty();
      assertThat(Double.parseDouble(scores.get(0)) > Double.parseDouble(scores.get(1)))
          .isEqualTo(direction.equals("descending"));
    }
  }

  @Test
  void aPictureIsEnlargedWithItsNumbers() {
    open();
    Locator dialog = page.locator("dialog");
    Locator picture = page.locator(".grid a.layers").nth(6);
    CompareResult.Image image = run.results().get(1).images().get(2);
    assertThat(dialog.isVisible()).isFalse();
    picture.press("Enter");
    assertThat(dialog.isVisible()).isTrue();
    assertThat(dialog.locator("h2").textContent()).isEqualTo("KLSC, tilt on feature 301, image 3");
    assertThat(dialog.locator("dd data").first().getAttribute("value"))
        .isEqualTo("" + image.score());
    assertThat(dialog.locator("dd").count()).isEqualTo(7);
    assertThat(dialog.locator(".overlay:visible").count()).isEqualTo(1);
    assertThat(dialog.locator("img").first().getAttribute("src"))
        .isEqualTo(picture.locator("img").first().getAttribute("src"));
    page.keyboard().press("Escape");
    assertThat(dialog.isVisible()).isFalse();
    picture.click();
    assertThat(dialog.isVisible()).isTrue();
    assertThat((Number) opened.evaluate("document.querySelector('dialog img').clientWidth"))
        .satisfies(width -> assertThat(width.intValue()).isGreaterThan(200));
    dialog.click();
    assertThat(dialog.isVisible()).isFalse();
    opened.assertWholeAndFitting();
  }

  @Test
  void activationMapsShowUnderThePointerOnFocusAndByTheBox() {
    open();
    Locator visible = page.locator(".grid .overlay:visible");
    Locator pictures = page.locator(".grid a.layers");
    assertThat(visible.count()).isZero();
    pictures.nth(1).hover();
    assertThat(visible.count()).isEqualTo(1);
    assertThat(pictures.nth(1).locator(".overlay").isVisible()).isTrue();
    page.mouse().move(0, 0);
    assertThat(visible.count()).isZero();
    pictures.nth(2).focus();
    page.keyboard().press("Tab");
    assertThat(pictures.nth(3).locator(".overlay").isVisible()).isTrue();
    page.getByLabel("Activation maps").check();
    assertThat(visible.count()).isEqualTo(pictures.count());
  }

  @Test
  void everythingCanBeReadWithoutAScript() {
    open(OpenPage.window(390, ColorScheme.LIGHT).setJavaScriptEnabled(false));
    assertThat(page.locator("#order").isVisible()).isFalse();
    assertThat(page.locator("button:visible").count()).isZero();
    page.locator(CELLS + " summary").first().click();
    assertThat(page.locator("#results-0-3").isVisible()).isTrue();
    assertThat(page.locator(CELLS).count()).isEqualTo(12);
  }

  @Test
  void theFirstColumnStaysWhileTheGridIsScrolled() {
    open(390, ColorScheme.LIGHT);
    Locator name = page.locator(".grid tbody > tr > th").first();
    double before = name.boundingBox().x;
    page.locator(".scroll.grid").evaluate("grid => grid.scrollLeft = 400");
    assertThat(page.locator(".scroll.grid").evaluate("grid => grid.scrollLeft")).isEqualTo(400);
    assertThat(name.boundingBox().x).isEqualTo(before);
  }

  @Test
  void everyPictureLeadsToItsNumbers() {
    open();
    List<Locator> pictures = page.locator(".grid a.layers").all();
    assertThat(pictures).hasSize(44);
    IntStream.of(0, 17, 43)
        .forEach(
            i ->
                assertThat(page.locator(pictures.get(i).getAttribute("href")).count())
                    .isEqualTo(1));
  }
}
