package org.tiltlens.harvest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.ImageFiles;
import org.tiltlens.corpus.Skipped;
import org.tiltlens.feature.Score;
import org.tiltlens.feature.UnitScores;
import org.tiltlens.fixture.Pixels;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;
import org.tiltlens.torch.NotFiniteException;
import org.tiltlens.torch.Tensors;

class CorpusScoresTest {
  private static final Score BRIGHTNESS = x -> Tensors.mean(x, 1, 2, 3);
  private static final int IMAGES = 40;

  @TempDir private Path folder;

  private void writeGrays() throws IOException {
    for (int i = 0; i < IMAGES; i++) {
      int gray = 5 * i;
      byte[] png = ImageFiles.encoded(ImageFiles.plain(8, 8, gray << 16 | gray << 8 | gray), "png");
      Files.write(folder.resolve("%02d.png".formatted(i)), png);
    }
    Files.writeString(folder.resolve("17.png"), "broken");
  }

  private CorpusScores scores(int limit, int lanes, AtomicLong heard) throws IOException {
    try (Corpus corpus = Corpus.open(folder, Framing.crop(4))) {
      return CorpusScores.of(
          corpus, limit, BRIGHTNESS, Device.CPU, new Lanes(lanes, 1), heard::addAndGet);
    }
  }

  @Test
  void everyReadableImageHasItsScore() throws IOException {
    writeGrays();
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
  void severalUnitsAreScoredInOneLookAtEachImage() throws IOException {
    writeGrays();
    CorpusScores alone = scores(Integer.MAX_VALUE, 2, new AtomicLong());
    Pixels pixels = new Pixels();
    UnitScores units =
        new UnitScores(List.of(pixels.mean(0, Pixels.AT), pixels.mean(1, Pixels.NEGATED)));
    AtomicLong heard = new AtomicLong();
    try (Corpus corpus = Corpus.open(folder, Framing.crop(4))) {
      List<CorpusScores> each =
          CorpusScores.each(corpus, 99, units, Device.CPU, new Lanes(2, 1), heard::addAndGet);
      assertThat(heard).hasValue(IMAGES);
      assertThat(pixels.passes()).isEqualTo((IMAGES + 15) / 16);
      for (int k = 0; k < 2; k++) {
        assertThat(each.get(k).images()).isEqualTo(alone.images());
        for (int i = 0; i < alone.scores().size(); i++) {
          double gray = alone.scores().get(i);
          assertThat(each.get(k).scores().get(i)).isCloseTo(k == 0 ? gray : -gray, within(1e-6));
        }
      }
    }
  }

  @Test
  void aCorpusWithoutReadableImagesIsRefused() throws IOException {
    Files.writeString(folder.resolve("a.png"), "broken");
    assertThatThrownBy(() -> scores(9, 1, new AtomicLong()))
        .hasMessageContaining("none of the 1 images can be read: 1 skipped: a.png");
  }

  @Test
  void imagesWithoutAFiniteScoreAreSkippedWithTheReason() throws IOException {
    writeGrays();
    // Image 0 is black: log 0.
    Score logs = images -> Tensors.plus(BRIGHTNESS.of(images), 1).log();
    try (Corpus corpus = Corpus.open(folder, Framing.crop(4))) {
      CorpusScores scores =
          CorpusScores.of(corpus, 20, logs, Device.CPU, new Lanes(2, 1), done -> {});
      assertThat(scores.images())
          .isEqualTo(IntStream.range(1, 20).filter(i -> i != 17).boxed().toList());
      assertThat(scores.scores().get(0)).isCloseTo(Math.log(5 / 127.5), within(1e-5));
      assertThat(corpus.skipped().first())
          .extracting(Skipped.Entry::toString)
          .first()
          .asString()
          .startsWith("00.png: the score gives numbers that are not finite");
      Score broken = images -> Tensors.scale(BRIGHTNESS.of(images), Double.NaN);
      assertThatThrownBy(
              () -> CorpusScores.of(corpus, 20, broken, Device.CPU, new Lanes(2, 1), done -> {}))
          .isInstanceOf(NotFiniteException.class)
          .hasMessageStartingWith(
              "on each of the 20 images that can be read: the score gives numbers that are not");
    }
  }
}
