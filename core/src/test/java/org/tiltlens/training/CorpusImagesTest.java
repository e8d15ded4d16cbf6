package org.tiltlens.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.corpus.Framing;
import org.tiltlens.torch.Images;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

class CorpusImagesTest {
  private static final int COUNT = 12;

  @TempDir private Path folder;

  /** Noise, of which image 5 is broken. */
  private CorpusImages open() throws IOException {
    if (!Files.exists(folder.resolve("00.png"))) {
      for (int i = 0; i < COUNT; i++) {
        Path file = folder.resolve("%02d.png".formatted(i));
        try (Scope scope = Scope.open()) {
          Images.writePng(file, Images.toImage(Tensors.scale(Noise.normal(5, i, 0, 3, 8, 8), 0.4)));
        }
      }
      Files.writeString(folder.resolve("05.png"), "no image");
    }
    return CorpusImages.open(folder, new Framing(8, Framing.Fit.CROP));
  }

  private static List<float[]> all(CorpusImages images, boolean ahead) {
    List<float[]> all = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      try (Scope scope = Scope.open()) {
        if (ahead) {
          images.ahead(i, (i + 1) % COUNT, (i + 2) % COUNT);
        }
        all.add(Tensors.toFloats(images.image(i)));
      }
    }
    return all;
  }

  @Test
  void whatIsDecodedAheadIsWhatIsDecodedWhenAskedFor() throws IOException {
    try (CorpusImages one = open();
        CorpusImages other = open()) {
      List<float[]> plain = all(one, false);
      List<float[]> ahead = all(other, true);
      for (int i = 0; i < COUNT; i++) {
        assertThat(ahead.get(i)).as("image " + i).isEqualTo(plain.get(i));
      }
      assertThat(plain.get(5)).isEqualTo(plain.get(6));
      assertThat(plain.get(4)).isNotEqualTo(plain.get(6));
      assertThat(other.skipped().names()).contains("05.png").isEqualTo(one.skipped().names());
    }
  }

  /** Images of a view are other ones of the whole. */
  @Test
  void aViewIsDecodedAheadByTheNumbersOfTheWhole() throws IOException {
    try (CorpusImages images = open()) {
      images.range(3, 7).ahead(0, 2);
      assertThat(images.skipped().names()).contains("05.png");
    }
  }

  @Test
  void aClosedCorpusDecodesNothing() throws IOException {
    CorpusImages images = open();
    images.ahead(0, 1, 2, 3);
    images.close();
    assertThatThrownBy(() -> images.image(7)).isInstanceOf(RuntimeException.class);
  }
}
