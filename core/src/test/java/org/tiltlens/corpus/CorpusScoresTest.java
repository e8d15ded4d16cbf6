package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.feature.Score;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.Tensors;

class CorpusScoresTest {
  private static final Score BRIGHTNESS = x -> Tensors.mean(x, 1, 2, 3);
  private static final int IMAGES = 40;

  @TempDir private Path folder;

  private CorpusScores scores(int limit, int lanes, AtomicLong heard) throws IOException {
    try (Corpus corpus = Corpus.open(folder, Framing.crop(4))) {
      return CorpusScores.of(
          corpus, limit, BRIGHTNESS, Device.CPU, new Lanes(lanes, 1), heard::addAndGet);
    }
  }

  @Test
  void everyReadableImageHasItsScore() throws IOException {
    for (int i = 0; i < IMAGES; i++) {
      int gray = 5 * i;
      byte[] png = ImageFiles.encoded(ImageFiles.plain(8, 8, gray << 16 | gray << 8 | gray), "png");
      Files.write(folder.resolve("%02d.png".formatted(i)), png);
    }
    Files.writeString(folder.resolve("17.png"), "broken");
    AtomicLong heard = new AtomicLong();
    CorpusScores all = scores(Integer.MAX_VALUE, 2, heard);
    assertThat(heard).hasValue(IMAGES);
    assertThat(all.images())
        .isEqualTo(IntStream.range(0, IMAGES).filter(i -> i != 17).boxed().toList());
    for (int i = 0; i < all.images().size(); i++) {
      assertThat(all.scores().get(i)).isCloseTo(5 * all.images().get(i) / 127.5 - 1, within(1e-6));
    }
    assertThat(all.sample().size()).isEqualTo(IMAGES - 1);
    assertThat(scores(Integer.MAX_VALUE, 1, heard)).isEqualTo(all);
    assertThat(scores(20, 2, heard).scores()).isEqualTo(all.scores().subList(0, 19));
  }

  @Test
  void aCorpusWithoutReadableImagesIsRefused() throws IOException {
    Files.writeString(folder.resolve("a.png"), "broken");
    assertThatThrownBy(() -> scores(9, 1, new AtomicLong()))
        .hasMessageContaining("none of the 1 images can be read: 1 skipped: a.png");
  }
}
