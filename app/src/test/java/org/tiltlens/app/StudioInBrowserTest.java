package org.tiltlens.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.microsoft.playwright.BrowserContext;
import com.microsoft.playwright.JSHandle;
import com.microsoft.playwright.Locator;
import com.microsoft.playwright.Page;
import com.microsoft.playwright.assertions.LocatorAssertions;
import com.microsoft.playwright.assertions.PlaywrightAssertions;
import com.microsoft.playwright.options.AriaRole;
import com.microsoft.playwright.options.BoundingBox;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.FilePayload;
import java.awt.image.BufferedImage;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.app.cli.TinyBundle;
import org.tiltlens.models.Bundle;
import org.tiltlens.run.Execution;
import org.tiltlens.server.Studio;
import org.tiltlens.server.StudioSettings;

/** The studio as a browser shows it, on the bundle that comes with Tiltlens. */
class StudioInBrowserTest {
  /** Two cores draw sixteen samples in seconds; a busy machine may take its time. */
  private static final double PATIENCE_MS = 300_000;

  private static final int LOOK_MS = 100;

  private static Chromium chromium;

  /** One for all tests, each of which asks for samples of its own: strips are drawn once. */
  private static Studio shared;

  @TempDir private static Path folder;
  private final List<String> complaints = new ArrayList<>();
  private BrowserContext context;
  private Page page;
  private Studio studio;

  @BeforeAll
  static void startAll() throws IOException {
    chromium = Chromium.start();
    shared = studio(Bundle.embedded(), "studio");
  }

  @AfterAll
  static void stopAll() throws IOException {
    if (chromium != null) {
      chromium.close();
    }
    if (shared != null) {
      shared.close();
    }
  }

  @BeforeEach
  void start() {
    studio = shared;
  }

  private static Studio studio(Bundle bundle, String name) throws IOException {
    return Studio.start(
        new StudioSettings(bundle, "127.0.0.1", 0, folder.resolve(name), Execution.onCpu(2)));
  }

  @AfterEach
  void stop() {
    context.close();
  }

  private void open(int width, ColorScheme scheme) throws IOException {
    context = chromium.browser().newContext(OpenPage.window(width, scheme));
    page = context.newPage();
    page.setDefaultTimeout(PATIENCE_MS);
    page.onConsoleMessage(message -> complaints.add(message.text()));
    page.onPageError(complaints::add);
    page.onDialog(dialog -> dialog.accept());
    page.navigate(studio.address());
  }

  private static LocatorAssertions shown(Locator locator) {
    return PlaywrightAssertions.assertThat(locator);
  }

  private static LocatorAssertions.IsVisibleOptions visible() {
    return new LocatorAssertions.IsVisibleOptions().setTimeout(PATIENCE_MS);
  }

  private static LocatorAssertions.ContainsTextOptions patiently() {
    return new LocatorAssertions.ContainsTextOptions().setTimeout(PATIENCE_MS);
  }

  private Locator button(String name) {
    return page.getByRole(
        AriaRole.BUTTON, new Page.GetByRoleOptions().setName(Pattern.compile("^" + name)));
  }

  private void assertNothingAmiss() {
    assertThat(page.evaluate("document.documentElement.scrollWidth - window.innerWidth"))
        .isEqualTo(0);
    assertThat(complaints).isEmpty();
  }

  /** Asked again and again from here: the page's policy lets nobody do so in it. */
  private void assertAllPicturesShow() {
    page.evaluate("document.querySelectorAll('img').forEach(img => img.loading = 'eager')");
    String missing =
        "[...document.images].filter(i => !(i.complete && i.naturalWidth > 0)).map(i => i.src)";
    for (int waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
      if (((List<?>) page.evaluate(missing)).isEmpty()) {
        return;
      }
      page.waitForTimeout(LOOK_MS);
    }
    assertThat((List<?>) page.evaluate(missing)).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"1200, LIGHT, 0", "420, DARK, 1"})
  void featuresAreFoundAndDrawn(int width, ColorScheme scheme, int which) throws IOException {
    open(width, scheme);
    shown(page.locator(".range span")).hasText("512 features");
    page.getByLabel("Index, class or note").fill("dress");
    page.keyboard().press("Enter");
    page.waitForURL("**search=dress*");
    shown(page.locator(".classes").first()).containsText("Dress");
    assertAllPicturesShow();
    assertNothingAmiss();

    page.getByLabel("Order").selectOption("index");
    page.waitForURL("**sort=index*");
    String address = page.locator(".cards a").nth(which).getAttribute("href");
    page.locator(".cards a[href='" + address + "']").click();
    page.waitForURL("**" + address);
    assertAllPicturesShow();
    button("Draw 16 samples").first().click();
    shown(page.getByAltText("Sample 16", new Page.GetByAltTextOptions().setExact(true)))
        .isVisible(visible());
    shown(page.locator(".level").first()).containsText("log Z");
    assertAllPicturesShow();
    assertNothingAmiss();

    page.reload();
    shown(page.locator("img[alt^='Sample']")).hasCount(16);
    page.getByRole(AriaRole.LINK, new Page.GetByRoleOptions().setName("Jobs")).click();
    String feature = address.replace("/features/", "Feature ") + " at the 90th";
    Locator drawn = page.locator(".jobs > li", new Page.LocatorOptions().setHasText(feature));
    shown(drawn).hasCount(1);
    shown(drawn.locator(".state")).hasText("done");
    assertNothingAmiss();
  }

  @Test
  void levelIsChosenAndDrawn() throws IOException {
    open(390, ColorScheme.DARK);
    page.navigate(studio.address() + "features/117");
    page.getByLabel("by slider").focus();
    page.keyboard().press("ArrowRight");
    Locator level = page.getByLabel("Percentile of the corpus' scores");
    assertThat(level.inputValue()).isEqualTo("97.1");
    level.fill("91");
    button("Show").click();
    page.waitForURL("**/levels?level=91");
    shown(page.locator(".besides .level")).hasCount(3);
    button("Draw 16 samples").first().click();
    shown(page.locator(".level").first()).containsText("log Z", patiently());
    page.reload();
    shown(page.locator(".drawn a")).hasText("91");
    assertAllPicturesShow();
    assertNothingAmiss();
  }

  /** What cannot be asked for is said, and whoever goes back finds the form as the page is. */
  @Test
  void belowAFormIsWhatItSays() throws IOException {
    open(390, ColorScheme.LIGHT);
    page.navigate(studio.address() + "features/117/levels?level=90");
    Locator level = page.getByLabel("Percentile of the corpus' scores");
    level.fill("95");
    shown(page.locator("h1")).hasText("Feature 117 at the 95th percentile");
    level.fill("200");
    shown(page.locator("#failure")).containsText("Percentile of the corpus' scores: ");
    shown(page.locator("#shown")).hasAttribute("inert", "");
    page.navigate(studio.address() + "help");
    page.goBack();
    shown(page.locator("h1")).hasText("Feature 117 at the 95th percentile");
    assertThat(level.inputValue()).isEqualTo("95");
    assertNothingAmiss();
  }

  @Test
  void featuresAreComposed() throws IOException {
    open(390, ColorScheme.LIGHT);
    page.navigate(studio.address() + "compose?feature=117");
    page.locator("[data-part=feature]").nth(1).fill("3");
    page.getByLabel("where a score is read").nth(1).focus();
    page.keyboard().press("ArrowDown");
    page.locator("[data-part=count]").fill("2");
    button("Compose").click();
    page.waitForURL("**&job=*");
    shown(page.locator("#composed-title"))
        .hasText("Features 117 (P 90) and 3 at row 1, column 1 (P 90) together");
    shown(page.frameLocator("iframe.result").getByText("Several units at once"))
        .isVisible(visible());
    assertNothingAmiss();

    // The same feature twice is refused, and the form keeps what was typed, gone away or not.
    page.locator("[data-part=feature]").nth(2).fill("117");
    button("Compose").click();
    shown(page.locator("#composed-failure")).hasText(Pattern.compile("^numbers 1 and 3 are both"));
    page.navigate(studio.address() + "help");
    page.goBack();
    assertThat(page.locator("[data-part=feature]").nth(1).inputValue()).isEqualTo("3");
    assertThat(page.locator("[data-part=feature]").nth(2).inputValue()).isEqualTo("117");
    shown(page.getByLabel("Row 1, column 1").nth(1)).isChecked();
  }

  /** What goes for no place stands in one line, above the places. */
  @ParameterizedTest
  @CsvSource({"1280, LIGHT", "390, DARK"})
  void placesOfACompositionStandBelowTheirName(int width, ColorScheme scheme) throws IOException {
    open(width, scheme);
    page.navigate(studio.address() + "compose");
    BoundingBox anywhere = page.locator(".anywhere").first().boundingBox();
    BoundingBox places = page.locator(".cells").first().boundingBox();
    assertThat(anywhere.height).isLessThan(40);
    assertThat(anywhere.y + anywhere.height).isLessThanOrEqualTo(places.y);
    assertNothingAmiss();
  }

  private static byte[] stripes(int broad) throws IOException {
    BufferedImage image = new BufferedImage(60, 40, BufferedImage.TYPE_INT_RGB);
    for (int i = 0; i < 2400; i++) {
      image.setRGB(i % 60, i / 60, i % 60 / broad % 2 == 0 ? 0xE0E0E0 : 0x202020);
    }
    ByteArrayOutputStream png = new ByteArrayOutputStream();
    ImageIO.write(image, "png", png);
    return png.toByteArray();
  }

  /** As if it were dragged onto the page from elsewhere. */
  private void drop(byte[] image) {
    List<Integer> bytes = new ArrayList<>();
    for (byte one : image) {
      bytes.add(one & 0xFF);
    }
    JSHandle dropped =
        page.evaluateHandle(
            "bytes => { const data = new DataTransfer(); data.items.add(new File([new"
                + " Uint8Array(bytes)], 'stripes.png', {type: 'image/png'})); return data; }",
            bytes);
    page.dispatchEvent("main", "drop", Map.of("dataTransfer", dropped));
  }

  @ParameterizedTest
  @CsvSource({"1200, LIGHT", "390, DARK"})
  void imageIsTakenInLookedAtAndExplained(int width, ColorScheme scheme) throws IOException {
    open(width, scheme);
    if (width > 390) {
      drop(stripes(10));
    } else {
      page.navigate(studio.address() + "images");
      page.getByLabel("An image file")
          .setInputFiles(new FilePayload("stripes.png", "image/png", stripes(6)));
    }
    page.waitForURL("**/images/*");
    shown(page.locator(".fires li")).hasCount(24);
    assertAllPicturesShow();

    page.locator("#places a").first().focus();
    page.keyboard().press("ArrowRight");
    page.keyboard().press("ArrowDown");
    page.keyboard().press("Enter");
    shown(page.locator("#place h2")).hasText("Row 2, column 2");
    shown(page.locator(".there tbody tr")).hasCount(12);
    button("Explain by four methods").click();
    shown(page.getByAltText("under its map: Occlusion")).isVisible(visible());
    assertAllPicturesShow();
    assertNothingAmiss();

    page.navigate(studio.address() + "images");
    button("Delete image").click();
    shown(page.locator(".kept li")).hasCount(0);
    assertNothingAmiss();
  }

  /** The tiny bundle has no pool, whose drawing takes a while. */
  @Test
  void jobIsStoppedGoesOnAndIsDeleted() throws IOException {
    Path bundle = folder.resolve("bundle");
    TinyBundle.write(bundle);
    try (Studio tiny = studio(Bundle.at(bundle), "tiny")) {
      studio = tiny;
      open(1200, ColorScheme.LIGHT);
      assertStoppedGoesOnAndIsDeleted();
    }
  }

  private void assertStoppedGoesOnAndIsDeleted() throws IOException {
    page.navigate(studio.address() + "features/1");
    button("Draw 16 samples").first().click();
    button("Cancel").click();
    shown(button("Go on")).isVisible(visible());
    page.reload();
    button("Go on").click();
    shown(button("Cancel")).isVisible(visible());

    page.navigate(studio.address() + "jobs");
    button("Cancel").click();
    shown(button("Delete")).isVisible(visible());
    shown(page.locator(".state")).hasText("stopped");
    button("Delete").click();
    shown(page.locator(".jobs > li")).hasCount(0);
    assertNothingAmiss();
  }
}
