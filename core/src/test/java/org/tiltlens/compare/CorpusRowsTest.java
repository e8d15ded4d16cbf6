package org.tiltlens.compare;

import static org.assertj.core.api.Assertions.assertThat;
import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.noise;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.run.Progress;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Lanes;

class CorpusRowsTest {
  @TempDir private Path folder;

  @Test
  void whatAnEarlierProcessLeftOutIsReportedToo() throws IOException {
    Path images = Files.createDirectory(folder.resolve("images"));
    Files.write(images.resolve("a.png"), encoded(noise(8, 1), "png"));
    Files.write(images.resolve("b.png"), new byte[9]);
    Files.write(images.resolve("c.png"), encoded(noise(8, 2), "png"));
    Path kept = folder.resolve("rows.safetensors");
    try (Corpus corpus = Corpus.open(images, Framing.crop(8))) {
      CorpusRows.write(
          corpus, batch -> batch.flatten(1, 3), Device.CPU, kept, new Lanes(1, 1), Progress.SILENT);
    }
    try (Corpus resumed = Corpus.open(images, Framing.crop(8))) {
      CorpusRows rows = CorpusRows.read(kept);
      assertThat(rows.images()).containsExactly(0, 2);
      assertThat(resumed.skipped().count()).isZero();
      rows.reportLeftOut(resumed);
      assertThat(resumed.skipped().names()).startsWith("b.png: is no JPEG");
    }
  }
}
