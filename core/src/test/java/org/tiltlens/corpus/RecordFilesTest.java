package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** IDX and CIFAR-10 files. */
class RecordFilesTest {
  @TempDir private Path folder;

  /** Image i is of level 10 i. */
  private static byte[] images(int count) {
    ByteBuffer bytes = ByteBuffer.allocate(16 + count * 12);
    bytes.putInt(0x803).putInt(count).putInt(3).putInt(4);
    for (int i = 0; i < count * 12; i++) {
      bytes.put((byte) (10 * (i / 12)));
    }
    return bytes.array();
  }

  private static byte[] labels(int... labels) {
    ByteBuffer bytes = ByteBuffer.allocate(8 + labels.length);
    bytes.putInt(0x801).putInt(labels.length);
    Arrays.stream(labels).forEach(label -> bytes.put((byte) label));
    return bytes.array();
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(bytes);
    }
    return out.toByteArray();
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static float firstValue(Corpus corpus, int index) {
    try (Scope scope = Scope.open()) {
      return Tensors.toFloats(corpus.read(index).orElseThrow())[0];
    }
  }

  private static void assertRefused(Path path, String expected) {
    assertThatThrownBy(() -> Corpus.open(path, Framing.crop(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(expected);
  }

  @Test
  void idxIsReadAtRandomWithTheLabelsBesideIt() throws IOException {
    write("t10k-labels-idx1-ubyte", labels(2, 0, 1));
    for (Path path :
        List.of(
            write("t10k-images-idx3-ubyte", images(3)),
            write("t10k-images-idx3-ubyte.gz", gzip(images(3))))) {
      try (Corpus corpus = Corpus.open(path, Framing.pad(4))) {
        assertThat(corpus.size()).isEqualTo(3);
        assertThat(corpus.classNames()).containsExactly("0", "1", "2");
        assertThat(corpus.label(0)).isEqualTo(OptionalInt.of(2));
        assertThat(firstValue(corpus, 2)).isEqualTo(20 / 127.5f - 1);
        assertThat(firstValue(corpus, 0)).isEqualTo(-1);
      }
    }
    write("class-names.txt", "shirt\nbag\nboot\n".getBytes(StandardCharsets.UTF_8));
    try (Corpus corpus = Corpus.open(folder.resolve("t10k-images-idx3-ubyte"), Framing.pad(4))) {
      assertThat(corpus.classNames()).containsExactly("shirt", "bag", "boot");
    }
    write("class-names.txt", new byte[ShortLines.LONGEST + 1]);
    assertRefused(folder.resolve("t10k-images-idx3-ubyte"), "class-names.txt': line 1 is longer");
  }

  @Test
  void idxWithoutLabelsHasNone() throws IOException {
    Path path = write("images.idx3", images(2));
    try (Corpus corpus = Corpus.open(path, Framing.crop(4))) {
      assertThat(corpus.label(1)).isEmpty();
      assertThat(corpus.classNames()).isEmpty();
    }
  }

  @Test
  void idxThatContradictsItselfIsRefused() throws IOException {
    byte[] three = images(3);
    three[7] = 5;
    assertRefused(
        write("a-images-idx3-ubyte", three), "states 5 images, which take 76 bytes, but it has 52");
    assertRefused(write("b-images-idx3-ubyte.gz", gzip(three)), "states 5 images");
    three[4] = (byte) 0xFF;
    assertRefused(write("c-images-idx3-ubyte", three), "states -");
    byte[] gzipped = gzip(images(3));
    assertRefused(
        write("d-images-idx3-ubyte.gz", Arrays.copyOf(gzipped, gzipped.length - 9)), "truncated");
    write("e-labels-idx1-ubyte", labels(1, 2));
    assertRefused(write("e-images-idx3-ubyte", images(3)), "holds 2 labels, but there are 3");
    write("f-labels-idx1-ubyte", images(1));
    assertRefused(write("f-images-idx3-ubyte", images(3)), "no IDX file of labels");
    assertRefused(
        write("g.gz", gzip(new byte[40])), "no IDX file of images: it starts with 00000000");
    assertRefused(folder, "holds IDX files: give one of a-images-idx3-ubyte");
  }

  private static byte[] batch(int... labels) {
    byte[] bytes = new byte[3073 * labels.length];
    for (int i = 0; i < labels.length; i++) {
      Arrays.fill(bytes, i * 3073, (i + 1) * 3073, (byte) (50 + labels[i]));
      bytes[i * 3073] = (byte) labels[i];
    }
    return bytes;
  }

  @Test
  void cifarFoldersAreTheirTrainingBatches() throws IOException {
    write("data_batch_1.bin", batch(3, 9));
    write("data_batch_2.bin", batch(4));
    Path test = write("test_batch.bin", batch(7));
    write("batches.meta.txt", "a\nb\nc\nd\ne\nf\ng\nh\ni\nj\n\n".getBytes(StandardCharsets.UTF_8));
    try (Corpus corpus = Corpus.open(folder, Framing.crop(32))) {
      assertThat(corpus.size()).isEqualTo(3);
      assertThat(corpus.name(2)).isEqualTo("data_batch_2.bin/0");
      assertThat(corpus.label(1)).isEqualTo(OptionalInt.of(9));
      assertThat(corpus.classNames()).hasSize(10).startsWith("a", "b");
      assertThat(firstValue(corpus, 2)).isEqualTo(54 / 127.5f - 1);
      assertThatThrownBy(() -> corpus.read(3)).hasMessageContaining("image 3 does not exist");
    }
    try (Corpus corpus = Corpus.open(test, Framing.crop(32))) {
      assertThat(corpus.label(0)).isEqualTo(OptionalInt.of(7));
    }
    assertRefused(write("test_batch.bin", batch(11)), "it has the label 11");
    Files.delete(folder.resolve("data_batch_1.bin"));
    write("data_batch_2.bin", new byte[3000]);
    assertRefused(folder, "has 3000 bytes: a CIFAR-10 batch");
  }
}
