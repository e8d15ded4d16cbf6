package org.tiltlens.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.study.StudyResult;

class GalleryPageTest {
  private static final Pattern IMAGE = Pattern.compile("<img[^>]* src=\"([^\"]*)\"");

  @TempDir private Path folder;
  private DemoResult demo;

  @BeforeEach
  void writeDemo() throws IOException {
    demo = DemoFixture.write(folder);
  }

  private String page() throws IOException {
    GalleryPage.write(folder, demo);
    return Files.readString(folder.resolve("index.html"));
  }

  /** The page without the pictures' bytes, so that a failure can be read. */
  private String markup() throws IOException {
    return page().replaceAll("base64,[^\"]*", "base64,");
  }

  @Test
  void holdsEveryPictureOfTheDemo() throws IOException {
    List<String> sources = IMAGE.matcher(page()).results().map(match -> match.group(1)).toList();
    assertThat(sources).allMatch(source -> source.startsWith("data:image/png;base64,"));
    List<byte[]> shown =
        sources.stream()
            .map(source -> Base64.getDecoder().decode(source.substring(source.indexOf(',') + 1)))
            .toList();
    Stream<String> samples =
        Stream.concat(Stream.of(demo.unguided()), demo.results().stream())
            .flatMap(result -> result.images().stream())
            .map(StudyResult.ImageResult::file);
    Stream<String> corpus =
        demo.features().stream()
            .flatMap(feature -> feature.images().stream())
            .flatMap(
                image ->
                    Stream.concat(
                        Stream.of(image.file(), image.overlay()), image.maps().values().stream()));
    for (String file : Stream.concat(samples, corpus).toList()) {
      byte[] expected = Files.readAllBytes(folder.resolve(file));
      assertThat(shown).as(file).anyMatch(bytes -> Arrays.equals(bytes, expected));
    }
  }

  @Test
  void namesNothingOnAnyNetwork() throws IOException {
    assertThat(markup())
        .doesNotContainPattern("(?i)https?:")
        .doesNotContain("src=\"//", "<link", "url(", "@import")
        .contains("default-src 'none'");
  }

  @Test
  void strangersTextIsText() throws IOException {
    assertThat(markup())
        .doesNotContain("<script", "<img src=x", "<b>names</b>")
        .contains(
            "&lt;script>document.title", "&lt;img src=x onerror", "noise &amp; &lt;b&gt;names");
  }

  @Test
  void samplesThatDidNotMixSaySo() throws IOException {
    String note = "May not pass for samples of the tilt: made up &amp; &lt;i&gt;doubted&lt;/i&gt;.";
    assertThat(markup().split(Pattern.quote(note), -1)).hasSize(1 + demo.results().size());
  }

  @Test
  void numbersCarryTheirFullValueAndTheirPlace() throws IOException {
    StudyResult.UnitResult last = demo.results().get(3);
    assertThat(markup())
        .contains(
            data(last.meanScore(), "/results/3/mean_score", "", "%.3f"),
            data(last.reachedPercentile(), "/results/3/reached_percentile", "", "%.2f"),
            data(last.kl(), "/results/3/kl", "", "%.2f nats"),
            data(demo.growth().get(3).get(0).share(), "/growth/3/0/share", "", "%.0f %%"),
            data(demo.growth().get(3).get(0).prior(), "/growth/3/0/prior", "", "%.0f %%"),
            data(last.images().get(2).score(), "/results/3/images/2/score", "", "%.3f"),
            data(demo.features().get(1).frequency(), "/features/1/frequency", "", "%.2f %%"),
            data(
                last.meanBitsPerDim() / demo.unguided().meanBitsPerDim(),
                "/results/3/mean_bits_per_dim",
                " data-over=\"/unguided/mean_bits_per_dim\"",
                "%.2f × unguided"));
  }

  private static String data(double value, String at, String more, String format) {
    double shown = format.endsWith("%%") ? 100 * value : value;
    return "<data value=\"%s\" data-at=\"%s\"%s>%s</data>"
        .formatted(value, at, more, String.format(Locale.ROOT, format, shown));
  }

  @Test
  void saysWhichPictureIsMissingOrBroken() throws IOException {
    Path picture = folder.resolve(demo.results().get(0).images().get(0).file());
    Files.writeString(picture, "no picture");
    assertThatThrownBy(() -> GalleryPage.write(folder, demo))
        .isInstanceOf(IOException.class)
        .hasMessage("'" + picture + "' is no PNG");
    Files.delete(picture);
    assertThatThrownBy(() -> GalleryPage.write(folder, demo))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(folder.resolve("index.html")).doesNotExist();
  }
}
