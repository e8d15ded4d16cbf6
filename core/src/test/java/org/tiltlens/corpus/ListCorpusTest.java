package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.plain;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Scope;

class ListCorpusTest {
  @TempDir private Path folder;

  @BeforeEach
  void images() throws IOException {
    Files.createDirectories(folder.resolve("corpus/cat"));
    Files.createDirectories(folder.resolve("corpus/dog.png"));
    Files.write(folder.resolve("corpus/cat/a.png"), encoded(plain(8, 8, 0xFF0000), "png"));
    Files.write(folder.resolve("corpus/cat/b.png"), encoded(plain(8, 8, 0x00FF00), "png"));
    Files.write(folder.resolve("outside.png"), encoded(plain(8, 8, 0x0000FF), "png"));
  }

  private Corpus open(String text) throws IOException {
    Path list = Files.writeString(folder.resolve("corpus/list.txt"), text);
    return Corpus.open(list, Framing.crop(8));
  }

  @Test
  void linesAreImagesInTheirOrder() throws IOException {
    try (Corpus corpus = open("\ufeffcat/b.png\r\n\n./cat/a.png\ncat/b.png\nnotes.json\n");
        Scope scope = Scope.open()) {
      assertThat(IntStream.range(0, corpus.size()).mapToObj(corpus::name))
          .containsExactly("cat/b.png", "cat/a.png");
      assertThat(corpus.classNames()).containsExactly("cat");
      float[] green = {-1, 1, -1};
      for (int channel = 0; channel < 3; channel++) {
        assertThat(corpus.read(0).orElseThrow().select(0, channel).mean().item_float())
            .isEqualTo(green[channel]);
      }
      assertThat(corpus.skipped().count()).isZero();
    }
  }

  @Test
  void whatLeadsOutOfTheFolderOrIsNoFileIsLeftOut() throws IOException {
    String outside = folder.resolve("outside.png").toString();
    try (Corpus corpus =
            open(
                "cat/a.png\n../outside.png\n"
                    + outside
                    + "\nlost.png\nn\0l.png\ndog.png\nc.heic\n");
        Scope scope = Scope.open()) {
      assertThat(corpus.size()).isEqualTo(4);
      assertThat(corpus.read(0, 4).orElseThrow().indices()).containsExactly(0);
      assertThat(corpus.skipped().names())
          .isEqualTo(
              "../outside.png: has an unsafe name\n"
                  + outside
                  + ": has an unsafe name\n"
                  + "c.heic: is .heic, which is not read: convert it to JPEG or PNG\n"
                  + "lost.png: is not there\n"
                  + "n?l.png: is not there\n"
                  + "dog.png: is no regular file\n");
    }
  }

  @Test
  void textsThatNameNoImagesAreNoCorpus() throws IOException {
    assertThatThrownBy(() -> open("some notes\n")).hasMessageContaining("is no corpus: expected");
    Path list = folder.resolve("corpus/latin.txt");
    Files.write(list, new byte[] {'a', (byte) 0xE9, '.', 'p', 'n', 'g'});
    assertThatThrownBy(() -> Corpus.open(list, Framing.crop(8)))
        .hasMessageContaining("is no list of images: expected a text in UTF-8");
    Path nothing = folder.resolve("corpus/nothing.txt");
    Files.write(nothing, new byte[ShortLines.LONGEST + 1]);
    assertThatThrownBy(() -> Corpus.open(nothing, Framing.crop(8)))
        .hasMessageContaining("nothing.txt': line 1 is longer than 32768 characters: expected");
  }
}
