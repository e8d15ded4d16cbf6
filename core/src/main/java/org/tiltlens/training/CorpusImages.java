package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.Skipped;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A corpus as images to train on: rounded to 256 levels, and kept in memory once read, up to 1 GB.
 *
 * <p>In place of a broken image comes the next one that is whole; {@link #skipped} tells which.
 */
public final class CorpusImages implements LabelledImages, AutoCloseable {
  private static final long MAX_CACHED_BYTES = 1L << 30;

  private final Corpus corpus;
  private final byte[][] cache;
  private final boolean[] broken;
  private long cachedBytes;

  private CorpusImages(Corpus corpus) {
    this.corpus = corpus;
    cache = new byte[corpus.size()][];
    broken = new boolean[corpus.size()];
  }

  /**
   * Opens a corpus.
   *
   * @throws IllegalArgumentException if there are no images
   * @throws IOException if it cannot be read
   */
  public static CorpusImages open(Path path, Framing framing) throws IOException {
    return new CorpusImages(Corpus.open(path, framing));
  }

  @Override
  public int size() {
    return corpus.size();
  }

  @Override
  public Tensor image(int index) {
    byte[] levels = levels(whole(index));
    float[] values = new float[levels.length];
    for (int i = 0; i < levels.length; i++) {
      values[i] = (levels[i] & 0xFF) / 127.5f - 1;
    }
    int side = corpus.framing().size();
    return Tensors.floats(values, 3, side, side);
  }

  @Override
  public int label(int index) {
    return corpus.label(whole(index)).orElse(0);
  }

  @Override
  public int classes() {
    return corpus.classNames().size();
  }

  @Override
  public List<String> classNames() {
    return corpus.classNames();
  }

  @Override
  public Optional<Framing> framing() {
    return Optional.of(corpus.framing());
  }

  /** Which images were broken of all that was read so far. */
  public Skipped skipped() {
    return corpus.skipped();
  }

  private int whole(int index) {
    for (int i = 0; i < size(); i++) {
      int candidate = (index + i) % size();
      if (levels(candidate) != null) {
        return candidate;
      }
    }
    throw new IllegalArgumentException("all " + size() + " images are broken");
  }

  /** The image's bytes; null if it is broken. */
  private synchronized byte[] levels(int index) {
    if (cache[index] != null || broken[index]) {
      return cache[index];
    }
    byte[] levels = read(index);
    broken[index] = levels == null;
    if (levels != null && cachedBytes + levels.length <= MAX_CACHED_BYTES) {
      cache[index] = levels;
      cachedBytes += levels.length;
    }
    return levels;
  }

  private byte[] read(int index) {
    try (Scope scope = Scope.open()) {
      return corpus.read(index).map(CorpusImages::toLevels).orElse(null);
    }
  }

  private static byte[] toLevels(Tensor image) {
    float[] values = Tensors.toFloats(image);
    byte[] levels = new byte[values.length];
    for (int i = 0; i < values.length; i++) {
      levels[i] = (byte) Math.round(Math.max(0, Math.min(255, (values[i] + 1) * 127.5f)));
    }
    return levels;
  }

  @Override
  public void close() {
    corpus.close();
  }
}
