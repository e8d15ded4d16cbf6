package org.tiltlens.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The studio's own pages. */
class PagesTest {
  @TempDir private static Path folder;
  private static StudioFixture studio;

  @BeforeAll
  static void start() throws IOException {
    studio = StudioFixture.start(folder);
  }

  @AfterAll
  static void stop() throws IOException {
    studio.close();
  }

  private static String page(String path) throws IOException {
    HttpResponse<String> answer = studio.get(path);
    assertThat(answer.statusCode()).as(path).isEqualTo(200);
    assertThat(answer.headers().firstValue("Content-Type")).contains("text/html; charset=utf-8");
    return answer.body();
  }

  /** What the policy would forbid, and what a hostile corpus would like. */
  @Test
  void nothingIsInline() throws IOException {
    for (String path :
        List.of(
            "/",
            "/map",
            "/export",
            "/features/3",
            "/jobs",
            "/features/3/levels/90",
            "/images",
            "/images/corpus-1?row=0&column=0",
            "/features/3/levels?level=90&form=heun",
            "/features/3/compare?exact=on",
            "/help",
            "/compose?feature=3")) {
      assertThat(page(path))
          .as(path)
          .doesNotContain(StudioFixture.HOSTILE)
          .doesNotContain("<style")
          .doesNotContain(" style=")
          .doesNotContainPattern("<script(?! type=\"module\" src=\"/assets/[a-z]+\\.js\">)")
          .doesNotContainPattern(" on[a-z]+=")
          .doesNotContain("http://")
          .doesNotContain("https://");
    }
    assertThat(page("/features/3")).contains("&lt;script&gt;alert(");
  }

  @Test
  void everythingThatPagesNameIsThere() throws IOException {
    Pattern named = Pattern.compile("(?:src|href|data-fragment)=\"(/[^\"]*)\"");
    for (String path :
        List.of(
            "/",
            "/map",
            "/export",
            "/features/3",
            "/jobs",
            "/images",
            "/images/corpus-1",
            "/features/3/levels",
            "/features/3/compare",
            "/help",
            "/compose")) {
      Matcher names = named.matcher(page(path));
      int found = 0;
      while (names.find()) {
        String name = names.group(1).replace("&amp;", "&");
        assertThat(studio.bytes(name).statusCode()).as(name).isEqualTo(200);
        found++;
      }
      assertThat(found).as(path).isGreaterThan(4);
    }
  }

  @Test
  void pagesLeadThroughTheList() throws IOException {
    String first = page("/?limit=5&search=Stripes&sort=index");
    assertThat(first).contains("href=\"/?sort=index&amp;search=Stripes&amp;offset=5&amp;limit=5\"");
    assertThat(first).doesNotContain("rel=\"prev\"").contains("value=\"Stripes\"");
    assertThat(page("/?search=nothing")).contains("No feature fits").doesNotContain("Did you");
    assertThat(page("/?search=strpes&sort=index"))
        .contains("Did you mean")
        .contains("href=\"/?sort=index&amp;search=Stripes\"");
    assertThat(NearWords.changes("kitten", "sitting")).isEqualTo(3);
    assertThat(NearWords.changes("", "abc")).isEqualTo(3);
  }

  @Test
  void levelOffersThenShowsWhatIsDrawn() throws IOException {
    assertThat(page("/features/6/levels/97")).contains("Draw 16 samples");
    try (EventReader events = studio.events()) {
      String job = studio.draw(6, 97, 16);
      events.awaitState(job, "done");
      String drawn = page("/features/6/levels/97");
      assertThat(drawn).doesNotContain("Draw 16").contains("log Z").contains("data-state=\"done\"");
      assertThat(drawn.split("alt=\"Sample ", -1)).hasSize(17);
      assertThat(page("/jobs"))
          .contains("Feature 6 at the 97th percentile")
          .containsPattern(">20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC<");
    }
    assertThat(page("/features/6")).contains("alt=\"Sample 1\"");
  }

  /** What was typed stands in the form again, whether it can be or not. */
  @Test
  void formsKeepWhatWasTyped() throws IOException {
    assertThat(page("/compose?feature-0=3&percentile-0=150&feature-1=x&place-1=1,0&form=heun"))
        .contains("name=\"percentile-0\" data-part=\"percentile\"")
        .contains("value=\"150\"", "value=\"x\"")
        .contains("value=\"1,0\" aria-label=\"Row 2, column 1\" checked")
        .contains("<option value=\"heun\" selected>");
    assertThat(page("/features/3/compare?level=150&fourier=on"))
        .contains("level is '150', expected a percentile", "value=\"150\"")
        .contains("name=\"fourier\" value=\"on\" checked")
        .doesNotContain("name=\"exact\" value=\"on\" checked");
    assertThat(page("/features/3/compare"))
        .contains("name=\"exact\" value=\"on\" checked", "KL-minimal soft-constraint principle");
  }

  @Test
  void refusalIsAPage() throws IOException {
    HttpResponse<String> answer = studio.get("/features/99999");
    assertThat(answer.statusCode()).isEqualTo(404);
    assertThat(answer.body()).contains("feature 99999 does not exist").contains("<h1>404</h1>");
  }
}
