package org.tiltlens.study;

import java.util.Objects;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.synthesis.MagnitudeSpectrum;

/** Measures how strong each frequency is in a corpus. */
final class CorpusSpectrum {
  private CorpusSpectrum() {}

  /** Over all images that can be read; the caller closes it. */
  static MagnitudeSpectrum of(Corpus corpus, Progress.Task task) {
    return MagnitudeSpectrum.of(
        IntStream.range(0, corpus.size())
            .mapToObj(
                i -> {
                  task.advance(1);
                  return corpus.read(i).orElse((Tensor) null);
                })
            .filter(Objects::nonNull)
            .iterator());
  }
}
