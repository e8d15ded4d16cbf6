package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.tiltlens.corpus.Framing;

class ClassGroupsTest {
  @TempDir private Path folder;

  private ClassGroups read(String text) throws IOException {
    return ClassGroups.read(Files.writeString(folder.resolve("groups.tsv"), text));
  }

  @Test
  void foldersBecomeGroups() throws IOException {
    for (String name : new String[] {"apple", "pear", "shoe"}) {
      Path own = Files.createDirectories(folder.resolve("images").resolve(name));
      ImageIO.write(
          new BufferedImage(8, 8, BufferedImage.TYPE_INT_RGB),
          "png",
          own.resolve("1.png").toFile());
    }
    String table = "class\tgroup\nshoe\tclothes\napple\tfruit\npear\tfruit\nhat\tclothes\n";
    try (CorpusImages images = CorpusImages.open(folder.resolve("images"), Framing.crop(8))) {
      LabelledImages grouped = read(table).of(images);
      assertThat(grouped.classNames()).containsExactly("clothes", "fruit");
      assertThat(grouped.labels(0, 3)).containsExactly(1, 1, 0);
      assertThat(grouped.metadata()).isEqualTo(images.metadata());
      assertThatThrownBy(() -> read("class\tgroup\nshoe\tclothes\n").of(images))
          .hasMessage("classes without a group: 'apple', 'pear'; give each one");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "apple,fruit|is no table of classes and groups",
        "class\tgroup;apple|line 2: 'apple', expected a class, a tab and its group",
        "class\tgroup;apple\tfruit;apple\tpome|line 3: class 'apple' has a group already"
      })
  void otherFilesAreRefused(String text, String message) {
    assertThatThrownBy(() -> read(text.replace(';', '\n'))).hasMessageContaining(message);
  }
}
