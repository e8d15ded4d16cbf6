package org.tiltlens.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.microsoft.playwright.Browser;
import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** A run's page in a browser, and what all pages must keep. */
final class OpenPage implements AutoCloseable {
  private final List<String> complaints = new ArrayList<>();
  private final List<String> requests = new ArrayList<>();
  private final BrowserContext context;
  private final Page page;

  private OpenPage(BrowserContext context) {
    this.context = context;
    page = context.newPage();
    page.onConsoleMessage(message -> complaints.add(message.text()));
    page.onPageError(complaints::add);
    page.onRequest(request -> requests.add(request.url()));
  }

  /** Opens the {@code index.html} of a folder. */
  static OpenPage of(Chromium chromium, Path folder, Browser.NewContextOptions options) {
    OpenPage opened = new OpenPage(chromium.browser().newContext(options));
    opened.page.navigate(folder.resolve("index.html").toUri().toString());
    return opened;
  }

  /** A window of a width. */
  static Browser.NewContextOptions window(int width, ColorScheme scheme) {
    return new Browser.NewContextOptions().setViewportSize(width, 900).setColorScheme(scheme);
  }

  Page page() {
    return page;
  }

  Object evaluate(String script) {
    return page.evaluate(script);
  }

  /** All pictures there, nothing from any network, no sideways scrolling, no complaint. */
  void assertWholeAndFitting() {
    assertThat(page.locator("img").count()).isPositive();
    assertThat(
            evaluate(
                "[...document.images].filter(i => !(i.complete && i.naturalWidth > 0)).length"))
        .isEqualTo(0);
    assertThat(evaluate("document.documentElement.scrollWidth - window.innerWidth")).isEqualTo(0);
    assertThat(requests).allMatch(url -> url.startsWith("file:") || url.startsWith("data:"));
    assertThat(complaints).isEmpty();
  }

  /** The paper is of the scheme, and texts stand out from it. */
  void assertReadable(ColorScheme scheme, List<String> texts) {
    double paper = brightness("body", "background-color");
    assertThat(paper > 0.5).isEqualTo(scheme == ColorScheme.LIGHT);
    for (String text : texts) {
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

  /**
   * Every number on the page is the one at its place.
   *
   * @return the places
   */
  Set<String> assertNumbersOf(JsonNode run) {
    Set<String> shown = new TreeSet<>();
    // One call for all: there can be thousands.
    Object numbers =
        page.locator("data")
            .evaluateAll(
                "all => all.map(n => [n.value, n.dataset.at, n.dataset.over ?? '',"
                    + " n.textContent])");
    for (Object number : (List<?>) numbers) {
      List<String> parts = ((List<?>) number).stream().map(String.class::cast).toList();
      String at = parts.get(1);
      String over = parts.get(2);
      double value = run.at(at).asDouble(Double.NaN);
      double expected = over.isEmpty() ? value : value / run.at(over).asDouble(Double.NaN);
      assertThat(Double.parseDouble(parts.get(0))).as(at).isEqualTo(expected);
      assertRounded(parts.get(3), expected, at);
      shown.add(at);
    }
    return shown;
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

  @Override
  public void close() {
    context.close();
  }
}
