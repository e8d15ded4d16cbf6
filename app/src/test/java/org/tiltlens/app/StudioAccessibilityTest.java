package org.tiltlens.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.server.Studio;
import org.tiltlens.server.StudioExport;
import org.tiltlens.server.StudioSettings;

/** No view of the studio has a serious or critical fault by axe-core's rules. */
class StudioAccessibilityTest {
  private static final double PATIENCE_MS = 300_000;
  private static final int WIDE = 1200;
  private static final int NARROW = 390;
  private static final int HEIGHT = 900;

  /** All but what says a rule and where it is broken; of some rules, or of all. */
  private static final String FAULTS =
      "rules => axe.run(document, {iframes: false, resultTypes: ['violations'],"
          + " ...(rules === '' ? {} : {runOnly: rules})}).then(found => found.violations"
          + ".filter(one => one.impact === 'serious' || one.impact === 'critical')"
          + ".map(one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 160) + ' ' +"
          + " (node.any[0] ?? node.all[0] ?? node.none[0]).message).join(' | ')))";

  private static final String ALL_RULES = "";

  /** Those that colours decide: a scheme changes nothing else. */
  private static final String COLOURS = "cat.color";

  private static Chromium chromium;
  private static Studio studio;
  private static String axe;
  private static String job;
  @TempDir private static Path folder;

  @BeforeAll
  static void start() throws IOException {
    chromium = Chromium.start();
    studio = Studio.start(settings(folder.resolve("studio")));
    try (InputStream in = StudioAccessibilityTest.class.getResourceAsStream("/axe.min.js")) {
      axe = new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
    draw();
  }

  private static StudioSettings settings(Path at) throws IOException {
    return new StudioSettings(Bundle.embedded(), "127.0.0.1", 0, at, Execution.onCpu(2));
  }

  /** A level, what the judge sees in it, an explanation and a note, for views that show them. */
  private static void draw() throws IOException {
    try (BrowserContext context = chromium.browser().newContext()) {
      Page page = context.newPage();
      page.setDefaultTimeout(PATIENCE_MS);
      page.navigate(studio.address() + "features/117");
      page.getByText("Draw 16 samples").first().click();
      page.getByText("Which classes it has more of").first().click();
      page.getByText("More than in the prior").first().waitFor();
      job =
          page.locator(".level a[href*='/files/index.html']")
              .first()
              .getAttribute("href")
              .replaceFirst("^/", "");
      page.getByLabel("Label").fill("dresses");
      page.getByText("Save note").click();
      page.getByText("Saved").waitFor();
      page.navigate(studio.address() + "images/corpus-12?feature=117");
      page.getByText("Explain by four methods").click();
      page.getByAltText("under its map: Occlusion").waitFor();
    }
  }

  @AfterAll
  static void stop() throws IOException {
    if (chromium != null) {
      chromium.close();
    }
    if (studio != null) {
      studio.close();
    }
  }

  private static Page open(BrowserContext context) {
    Page page = context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    return page;
  }

  private static BrowserContext context() {
    return chromium
        .browser()
        .newContext(OpenPage.window(WIDE, ColorScheme.LIGHT).setBypassCSP(true));
  }

  /** Loads a view once, and looks at it wide and narrow, light and dark. */
  private static List<String> faults(Page page, String address) {
    page.setViewportSize(WIDE, HEIGHT);
    page.navigate(address);
    page.evaluate(axe);
    List<String> faults = new ArrayList<>();
    for (int width : new int[] {WIDE, NARROW}) {
      page.setViewportSize(width, HEIGHT);
      for (ColorScheme scheme : new ColorScheme[] {ColorScheme.LIGHT, ColorScheme.DARK}) {
        page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
        String rules = scheme == ColorScheme.LIGHT ? ALL_RULES : COLOURS;
        String where = address + " " + width + " " + scheme + " ";
        ((List<?>) page.evaluate(FAULTS, rules)).forEach(fault -> faults.add(where + fault));
      }
    }
    return faults;
  }

  @Test
  void viewsHaveNoSeriousFault() throws IOException {
    List<String> faults = new ArrayList<>();
    try (BrowserContext context = context()) {
      Page page = open(context);
      for (String view :
          List.of(
              "",
              "?search=dress",
              "?search=drss",
              "?nearest=117",
              "features/117",
              "features/3",
              "features/117/levels?level=90&form=ddim",
              "features/117/compare?exact=on",
              "features/117/cost?form=heun",
              "compose?feature=117",
              "map?search=dress",
              "images",
              "images/corpus-12?feature=117",
              "images/corpus-12?row=1&column=1",
              "export?features=1,2,5-9",
              "jobs",
              "help",
              "features/99999",
              job)) {
        faults.addAll(faults(page, studio.address() + view));
      }
    }
    assertThat(faults).isEmpty();
  }

  @Test
  void exportedPagesHaveNone() throws IOException {
    Path export = folder.resolve("export");
    StudioExport.write(settings(folder.resolve("other")), export, "117,3", Progress.SILENT);
    try (BrowserContext context = context()) {
      Page page = open(context);
      for (String name : List.of("index.html", "feature-117/index.html")) {
        assertThat(faults(page, export.resolve(name).toUri().toString())).isEmpty();
      }
    }
  }

  /** The check sees what is wrong. */
  @Test
  void faultsAreFound() {
    String page =
        "data:text/html,<style>body { background: white } @media (prefers-color-scheme: dark) {"
            + " body { background: black } }</style><img src='x'>"
            + "<p style='color:silver'>faint</p><p style='color:%23444'>faint in the dark</p>";
    try (BrowserContext context = context()) {
      assertThat(faults(open(context), page))
          .anyMatch(fault -> fault.contains(" LIGHT image-alt"))
          .anyMatch(fault -> fault.contains(" 390 LIGHT color-contrast: <p style=\"color:silver"))
          .anyMatch(fault -> fault.contains(" 1200 DARK color-contrast: <p style=\"color:#444"))
          .noneMatch(fault -> fault.contains(" DARK color-contrast: <p style=\"color:silver"));
    }
  }
}
