package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jsoup.Jsoup;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.models.Bundle;

class CreditsFileTest {
  private static final String COLUMNS = "file\tsource\tlicence\tcredit\n";

  @TempDir private Path folder;

  private Bundle bundle(String credits) throws IOException {
    Files.writeString(
        folder.resolve("bundle.json"),
        """
        {"name": "photos", "image_size": 32, "fit": "CROP", "vision": "v", "dictionary": "d",
         "prior": "p", "noise_schedule": "linear", "base_steps": 1000, "respacing": "3",
         "preset": "standard", "corpus": "c", "features": "f", "data_licence": "open"%s}
        """
            .formatted(credits));
    return Bundle.at(folder);
  }

  private Bundle credited(String table) throws IOException {
    Files.writeString(folder.resolve("credits.tsv"), table);
    return bundle(", \"credits\": \"credits.tsv\"");
  }

  @Test
  void everyCreditIsOnThePage() throws IOException {
    Bundle bundle =
        credited(
            COLUMNS
                + "hat/1.jpg\tclothes, 1.jpg\tCC0-1.0\tA. Maker\n"
                + "hat/2.jpg\tclothes, 2.jpg\tCC0-1.0\tA. Maker\n"
                + "rose/3.jpg\tflowers, 3.jpg\tCC-BY-2.0\tJ. <b> - D - https://example.org/3?a&b\n"
                + "rose/4.jpg\tflowers, 4.jpg\tCC-BY-2.0\tX - javascript:alert(1)\n");
    Path file = folder.resolve(CreditsFile.NAME);
    assertThat(CreditsFile.write(bundle, file)).isEqualTo("credits.html");
    var page = Jsoup.parse(Files.readString(file));
    assertThat(page.select("h2").eachText()).containsExactly("CC-BY-2.0", "CC0-1.0");
    assertThat(page.select("li").eachText())
        .containsExactly(
            "J. <b> - D: rose/3.jpg, from flowers, 3.jpg",
            "X - javascript:alert(1): rose/4.jpg, from flowers, 4.jpg",
            "A. Maker: 2 images, such as hat/1.jpg, from clothes, 1.jpg");
    assertThat(page.select("a").eachAttr("href")).containsExactly("https://example.org/3?a&b");
  }

  @Test
  void aBundleThatCreditsNobodyHasNoPage() throws IOException {
    Path file = folder.resolve(CreditsFile.NAME);
    assertThat(CreditsFile.write(bundle(""), file)).isNull();
    assertThat(file).doesNotExist();
    assertThatThrownBy(() -> bundle(", \"credits\": \"../credits.tsv\""))
        .hasMessageContaining("is no path inside the bundle");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name;credit|is no table of credits: expected a first line 'file source licence credit'",
        "file;source;licence;credit/a;b;c|line 2 has 3 columns, expected file, source, licence"
      })
  void otherFilesAreRefused(String text, String message) throws IOException {
    Bundle bundle = credited(text.replace(';', '\t').replace('/', '\n'));
    assertThatThrownBy(() -> CreditsFile.html(bundle)).hasMessageContaining(message);
  }
}
