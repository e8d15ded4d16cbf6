package org.tiltlens.training;

import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.corpus.Corpus;
import org.tiltlens.corpus.Framing;
import org.tiltlens.corpus.Skipped;
import org.tiltlens.torch.Engine;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A corpus as images to train on: rounded to 256 levels, and kept in memory once read, up to 1 GB.
 * Those that are wanted next are decoded on all processors meanwhile.
 *
 * <p>In place of a broken image comes the next one that is whole; {@link #skipped} tells which.
 */
public final class CorpusImages implements LabelledImages, AutoCloseable {
  private static final long MAX_CACHED_BYTES = 1L << 30;

  private final Corpus corpus;
  private final byte[][] cache;
  private final boolean[] broken;
  private final Map<Integer, Future<byte[]>> coming = new HashMap<>();
  private final ExecutorService decoders =
      Executors.newFixedThreadPool(
          Runtime.getRuntime().availableProcessors(),
          runnable -> {
            Thread thread = new Thread(runnable, "tiltlens-decoder");
            thread.setDaemon(true);
            return thread;
          });
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

  /** Which images were broken of all that was read so far, ahead of their time too. */
  public Skipped skipped() {
    List<Future<byte[]>> all;
    synchronized (this) {
      all = List.copyOf(coming.values());
    }
    all.forEach(CorpusImages::awaited);
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

  /** No more than these are decoded and not yet asked for: memory does not grow. */
  @Override
  public synchronized void ahead(int... indices) {
    Set<Integer> wanted = new LinkedHashSet<>();
    IntStream.of(indices)
        .filter(index -> cache[index] == null && !broken[index])
        .forEach(wanted::add);
    coming.keySet().retainAll(wanted);
    wanted.forEach(
        index -> coming.computeIfAbsent(index, next -> decoders.submit(() -> decoded(next))));
  }

  /** Rounding that depends on threads, if any, is that of one. */
  private byte[] decoded(int index) {
    Engine.threadsPerOperation(1);
    return read(index);
  }

  /** The image's bytes; null if it is broken. */
  private byte[] levels(int index) {
    Future<byte[]> decoding;
    synchronized (this) {
      if (cache[index] != null || broken[index]) {
        return cache[index];
      }
      decoding = coming.computeIfAbsent(index, next -> decoders.submit(() -> decoded(next)));
    }
    byte[] levels = awaited(decoding);
    synchronized (this) {
      coming.remove(index, decoding);
      broken[index] = levels == null;
      if (levels != null
          && cache[index] == null
          && cachedBytes + levels.length <= MAX_CACHED_BYTES) {
        cache[index] = levels;
        cachedBytes += levels.length;
      }
    }
    return levels;
  }

  private static byte[] awaited(Future<byte[]> decoding) {
    try {
      return decoding.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while reading images", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new IllegalStateException(e.getCause());
    }
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
    decoders.shutdownNow();
    boolean interrupted = false;
    while (!decoders.isTerminated()) {
      try {
        decoders.awaitTermination(1, TimeUnit.DAYS);
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    corpus.close();
  }
}
