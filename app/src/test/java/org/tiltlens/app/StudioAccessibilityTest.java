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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Execution;
import org.tiltlens.run.Progress;
import org.tiltlens.server.Studio;
import org.tiltlens.server.StudioExport;
import org.tiltlens.server.StudioSettings;

/** No view of the studio has a serious or critical fault by axe-core's rules. */
class StudioAccessibilityTest {
  private static final double PATIENCE_MS = 300_000;

  /** All but what says a rule and where it is broken. */
  private static final String FAULTS =
      "axe.run(document, {iframes: false}).then(found => found.violations"
          + ".filter(one => one.impact === 'serious' || one.impact === 'critical')"
          + ".map(one => one.id + ': ' + one.nodes.map(node => node.html.slice(0, 160) + ' ' +"
          + " (node.any[0] ?? node.all[0] ?? node.none[0]).message).join(' | ')))";

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

  private static List<String> faults(BrowserContext context, String address) {
    Page page = context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.navigate(address);
    page.waitForLoadState();
    page.evaluate(axe);
    List<String> faults = new ArrayList<>();
    ((List<?>) page.evaluate(FAULTS)).forEach(fault -> faults.add(address + " " + fault));
    page.close();
    return faults;
  }

  @ParameterizedTest
  @CsvSource({"1200, LIGHT", "1200, DARK", "390, LIGHT", "390, DARK"})
  void viewsHaveNoSeriousFault(int width, ColorScheme scheme) throws IOException {
    List<String> faults = new ArrayList<>();
    try (BrowserContext context =
        chromium.browser().newContext(OpenPage.window(width, scheme).setBypassCSP(true))) {
      for (String view :
          List.of(
              "",
              "?search=dress",
              "?nearest=117",
              "features/117",
              "features/3",
              "features/117/levels?level=90",
              "compose?feature=117",
              "map?search=dress",
              "images",
              "images/corpus-12?feature=117",
              "images/corpus-12?row=1&column=1",
              "export?features=1,2,5-9",
              "jobs",
              "features/99999",
              job)) {
        faults.addAll(faults(context, studio.address() + view));
      }
    }
    assertThat(faults).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1200, LIGHT", "390, DARK"})
  void exportedPagesHaveNone(int width, ColorScheme scheme) throws IOException {
    Path export = folder.resolve("export");
    StudioExport.write(settings(folder.resolve("other")), export, "117,3", Progress.SILENT);
    try (BrowserContext context =
        chromium.browser().newContext(OpenPage.window(width, scheme).setBypassCSP(true))) {
      for (String page : List.of("index.html", "feature-117/index.html")) {
        assertThat(faults(context, export.resolve(page).toUri().toString())).isEmpty();
      }
    }
  }

  /** The check sees what is wrong. */
  @Test
  void faultsAreFound() {
    try (BrowserContext context = chromium.browser().newContext()) {
      assertThat(faults(context, "data:text/html,<img src='x'><p style='color:silver'>faint</p>"))
          .anyMatch(fault -> fault.contains("image-alt"))
          .anyMatch(fault -> fault.contains("color-contrast"));
    }
  }
}
