package org.tiltlens.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.app.cli.TinyBundle;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Execution;
import org.tiltlens.server.Studio;
import org.tiltlens.server.StudioSettings;

/** The studio's views of a whole dictionary as a browser shows them: list, map, notes, likeness. */
class StudioDictionaryInBrowserTest {
  private static final double PATIENCE_MS = 120_000;
  private static final int NARROW = 390;
  private static final int WIDE = 1200;

  private static Chromium chromium;

  @TempDir private Path folder;
  private final List<String> complaints = new ArrayList<>();
  private BrowserContext context;
  private Page page;
  private Studio studio;

  @BeforeAll
  static void startBrowser() {
    chromium = Chromium.start();
    PlaywrightAssertions.setDefaultAssertionTimeout(PATIENCE_MS);
  }

  @AfterAll
  static void stopBrowser() {
    if (chromium != null) {
      chromium.close();
    }
  }

  @BeforeEach
  void start() throws IOException {
    studio =
        Studio.start(
            new StudioSettings(Bundle.embedded(), "127.0.0.1", 0, folder, Execution.onCpu(2)));
  }

  @AfterEach
  void stop() throws IOException {
    context.close();
    studio.close();
  }

  private void open(int width, ColorScheme scheme, String path) throws IOException {
    context = chromium.browser().newContext(OpenPage.window(width, scheme));
    page = opened(path);
  }

  private Page opened(String path) throws IOException {
    Page opened = context.newPage();
    opened.setDefaultTimeout(PATIENCE_MS);
    opened.onConsoleMessage(message -> complaints.add(message.text()));
    opened.onPageError(complaints::add);
    opened.navigate(studio.address() + path);
    return opened;
  }

  private static LocatorAssertions shown(Locator locator) {
    return PlaywrightAssertions.assertThat(locator);
  }

  private void assertNothingAmiss() {
    assertThat(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
        .isEqualTo(0);
    assertThat(complaints).isEmpty();
  }

  private static Locator named(Page on, AriaRole role, String name) {
    return on.getByRole(role, new Page.GetByRoleOptions().setName(name));
  }

  @Test
  void listScrollsToItsEndWithFewCardsInThePage() throws IOException {
    open(WIDE, ColorScheme.LIGHT, "?sort=index");
    shown(page.locator(".cards li[aria-posinset='1'] a")).hasAttribute("href", "/features/0");
    page.evaluate("window.scrollTo(0, document.body.scrollHeight)");
    shown(page.locator(".cards li[aria-posinset='512'] a")).hasAttribute("href", "/features/511");
    assertThat(page.locator(".cards li").count()).isLessThan(120);
    shown(page.locator(".cards a[href='/features/0']")).hasCount(0);
    page.evaluate("window.scrollTo(0, 0)");
    shown(page.locator(".cards a[href='/features/0']")).isVisible();
    assertNothingAmiss();
  }

  @Test
  void notesOfTwoPagesDoNotOverwriteEachOther() throws IOException {
    open(NARROW, ColorScheme.DARK, "features/117");
    Page other = opened("features/117");
    page.getByLabel("Label").fill("dresses");
    named(page, AriaRole.BUTTON, "Save note").click();
    shown(page.locator(".noted [role=status]")).hasText("Saved");

    other.getByLabel("Label").fill("frocks");
    other.getByLabel("Label").press("Enter");
    shown(other.locator(".theirs")).isVisible();
    shown(other.locator(".theirs .label")).hasText("dresses");
    shown(other.getByLabel("Label")).hasValue("frocks");
    named(other, AriaRole.BUTTON, "Write mine over it").click();
    shown(other.locator(".noted [role=status]")).hasText("Saved");

    page.getByLabel("Note").fill("mine");
    named(page, AriaRole.BUTTON, "Save note").click();
    named(page, AriaRole.BUTTON, "Take the other").click();
    shown(page.getByLabel("Label")).hasValue("frocks");
    // The one complaint of each 409 is the browser's own.
    assertThat(complaints).hasSize(2).allMatch(text -> text.contains("409"));
    complaints.clear();
    page.navigate(studio.address() + "?search=frock");
    shown(page.locator(".cards .label")).hasText("frocks");
    assertNothingAmiss();
  }

  /** What can be started below a form is what the form says, without its button. */
  @Test
  void whatIsShownFollowsItsForm() throws IOException {
    open(NARROW, ColorScheme.LIGHT, "features/117/compare");
    shown(page.locator("#shown")).containsText("4 images of each");
    page.getByLabel("Images of each").fill("7");
    page.locator("input[name=tilt]").uncheck();
    shown(page.locator("#shown")).containsText("7 images of each");
    shown(page.locator("#shown")).not().containsText("KLSC, tilt");
    assertThat(page.locator("#shown button").getAttribute("data-body"))
        .contains("\"count\" : 7")
        .doesNotContain("tilt");
    assertThat(page.url()).contains("count=7").doesNotContain("tilt=");
    page.getByLabel("Images of each").fill("1");
    shown(page.locator("#shown")).hasAttribute("aria-busy", "true");
    page.navigate(studio.address() + "features/117/levels?level=90");
    page.locator("input[type=number][name=level]").fill("95.5");
    shown(page.locator("h1")).hasText("Feature 117 at the 95.5th percentile");
    assertThat(page.locator("#shown button").first().getAttribute("data-body")).contains("95.5");
    page.navigate(studio.address() + "compose");
    page.locator("[name=feature-0]").fill("dress");
    shown(page.locator("#found-0 option[value='117']")).hasCount(1);
    assertNothingAmiss();
  }

  @Test
  void mapIsWalkedByKeys() throws IOException {
    open(NARROW, ColorScheme.DARK, "map?search=dress");
    Locator map = page.locator("#map[data-drawn='512']");
    shown(map).isVisible();
    page.getByLabel("Colour by").selectOption("class");
    shown(page.locator("#key")).containsText("Dress");
    map.focus();
    page.keyboard().press("ArrowRight");
    shown(page.locator("#at strong")).hasText(Pattern.compile("Feature \\d+"));
    shown(page.locator("#at p")).containsText("Dress");
    assertNothingAmiss();
    String name = page.locator("#at strong").textContent();
    page.keyboard().press("Enter");
    page.waitForURL("**/features/*");
    shown(page.locator("h1")).hasText(name);
    shown(page.locator(".others li").first()).containsText("cosine");
    assertNothingAmiss();
  }

  /**
   * By keys, buttons and wheel: a place stays under the pointer, a feature where one is in sight.
   */
  @Test
  void mapIsZoomed() throws IOException {
    open(WIDE, ColorScheme.LIGHT, "map");
    Locator map = page.locator("#map[data-drawn='512']");
    shown(map).hasAttribute("data-zoom", "1.00");
    shown(named(page, AriaRole.BUTTON, "Zoom out")).isDisabled();
    map.focus();
    page.keyboard().press("ArrowRight");
    shown(page.locator("#at strong")).hasText(Pattern.compile("Feature \\d+"));
    String name = page.locator("#at strong").textContent();
    page.keyboard().press("+");
    named(page, AriaRole.BUTTON, "Zoom in").click();
    shown(map).hasAttribute("data-zoom", "2.25");
    shown(page.locator("#zoom")).hasText("2.3 ×");
    // The marked feature is where it was, and opens by Enter.
    map.focus();
    page.keyboard().press("Enter");
    page.waitForURL("**/features/*");
    shown(page.locator("h1")).hasText(name);

    page.goBack();
    shown(map).hasAttribute("data-zoom", "1.00");
    map.hover();
    page.mouse().wheel(0, -100);
    shown(map).hasAttribute("data-zoom", "1.50");
    named(page, AriaRole.BUTTON, "Show all").click();
    shown(map).hasAttribute("data-zoom", "1.00");
    shown(named(page, AriaRole.BUTTON, "Show all")).isDisabled();
    assertNothingAmiss();
  }

  @Test
  void featuresOfASearchAreExported() throws IOException {
    open(NARROW, ColorScheme.LIGHT, "?search=117");
    named(page, AriaRole.LINK, "Export these").click();
    page.waitForURL("**/export?search=117");
    named(page, AriaRole.BUTTON, "Write 1 features").click();
    shown(page.locator("[data-fragment] [role=status]")).containsText("Written: 1 features");
    assertThat(folder.resolve("export/feature-117/index.html")).exists();
    page.getByLabel("Features alone").fill("3, 5-6");
    named(page, AriaRole.BUTTON, "Choose").click();
    named(page, AriaRole.BUTTON, "Write 3 features").click();
    shown(page.locator("[data-fragment] [role=status]")).containsText("Written: 3 features");
    assertThat(folder.resolve("export/feature-117")).doesNotExist();
    assertNothingAmiss();

    page.navigate(folder.resolve("export/index.html").toUri().toString());
    shown(page.locator(".cards li")).hasCount(3);
    page.locator(".cards a").nth(1).click();
    shown(page.locator("h1")).hasText("Feature 5");
    assertThat(page.evaluate("[...document.images].every(i => i.loading = 'eager')"))
        .isEqualTo(true);
    assertNothingAmiss();
  }

  /** The tiny bundle, whose few images are looked at in seconds. */
  @Test
  void coActivationIsMeasured() throws IOException {
    studio.close();
    Path bundle = folder.resolve("bundle");
    TinyBundle.write(bundle);
    studio =
        Studio.start(
            new StudioSettings(
                Bundle.at(bundle), "127.0.0.1", 0, folder.resolve("tiny"), Execution.onCpu(2)));
    open(NARROW, ColorScheme.DARK, "features/3");
    named(page, AriaRole.BUTTON, "Measure co-activation").click();
    shown(page.getByText("Jaccard's index")).isVisible();
    shown(page.locator(".others").nth(1).locator("li").first()).containsText("Jaccard");
    assertNothingAmiss();
  }
}
