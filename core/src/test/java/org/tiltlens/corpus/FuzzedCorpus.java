package org.tiltlens.corpus;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.stream.IntStream;
import org.tiltlens.fixture.FuzzedBytes;

/** What must hold for any bytes at all: a corpus or one clear error, within bounded memory. */
final class FuzzedCorpus {
  private static final int READ = 8;

  /** Of each image; what its pixels take is bounded by its decoder. */
  private static final int FIRST = 1 << 20;

  private FuzzedCorpus() {}

  /** Opens a corpus. */
  interface Opening<T> {
    T open() throws IOException;
  }

  /** Opens a corpus and reads the bytes of its first images. */
  static void survives(byte[] bytes, Opening<? extends ListedImages> opening) {
    FuzzedBytes.bounded(
        bytes.length,
        IllegalArgumentException.class,
        () -> {
          try (ListedImages images = opening.open()) {
            IntStream.range(0, Math.min(READ, images.size())).forEach(i -> read(images, i));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static void read(ListedImages images, int index) {
    try (InputStream in = images.open(images.name(index))) {
      in.readNBytes(FIRST);
    } catch (IOException e) {
      // Such an image is counted as skipped.
    }
  }

  /** Opens a table of images and reads the bytes in its first and last rows. */
  static void survivesAsTable(byte[] bytes) {
    FuzzedBytes.bounded(
        bytes.length + ((long) READ * FIRST >> 8),
        IllegalArgumentException.class,
        () -> {
          try (ParquetImages images = ParquetImages.open(FuzzedBytes.file(bytes), null)) {
            IntStream.range(0, Math.min(READ, images.size())).forEach(i -> read(images, i));
            if (images.size() > 0) {
              read(images, images.size() - 1);
            }
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  private static void read(ParquetImages images, int index) {
    images.name(index);
    try {
      images.bytes(index);
    } catch (IOException e) {
      // Such an image is counted as skipped.
    }
  }
}
