package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.plain;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Scope;

class TarCorpusTest {
  private static final byte[] PNG = encoded(plain(8, 8, 0x336699), "png");

  @TempDir private Path folder;
  private final ByteArrayOutputStream tar = new ByteArrayOutputStream();

  private static void put(byte[] block, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    System.arraycopy(bytes, 0, block, at, bytes.length);
  }

  private void add(String name, char type, byte[] data) throws IOException {
    byte[] header = new byte[512];
    put(header, 0, name);
    put(header, 124, String.format(Locale.ROOT, "%011o", data.length));
    put(header, 148, "        ");
    header[156] = (byte) type;
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte each : header) {
      sum += each & 0xFF;
    }
    put(header, 148, String.format(Locale.ROOT, "%06o\0", sum));
    tar.write(header);
    tar.write(Arrays.copyOf(data, (data.length + 511) / 512 * 512));
  }

  private Corpus open() throws IOException {
    tar.write(new byte[1024]);
    return Corpus.open(Files.write(folder.resolve("a.tar"), tar.toByteArray()), Framing.crop(8));
  }

  @Test
  void shardsOfWebDatasetAreReadInPlace() throws IOException {
    add("00000.png", '0', PNG);
    add("00000.json", '0', new byte[700]);
    add("00001.cls", '0', new byte[1]);
    add("00001.png", '0', PNG);
    add("00002.png", '0', new byte[600]);
    add("00003.heic", '0', PNG);
    add("../evil.png", '0', PNG);
    add("link.png", '2', new byte[0]);
    try (Corpus corpus = open();
        Scope scope = Scope.open()) {
      assertThat(corpus.size()).isEqualTo(3);
      assertThat(corpus.name(1)).isEqualTo("00001.png");
      assertThat(corpus.read(0, 3).orElseThrow().indices()).containsExactly(0, 1);
      assertThat(corpus.skipped().of(3).why())
          .isEqualTo(Map.of(".heic", 1, "damaged", 1, "with an unsafe name", 1));
    }
  }

  @Test
  void longNamesOfBothKindsAreRead() throws IOException {
    String gnu = "a/" + "n".repeat(150) + ".png";
    add("././@LongLink", 'L', (gnu + "\0").getBytes(StandardCharsets.UTF_8));
    add(gnu.substring(0, 100), '0', PNG);
    String pax = "b/" + "ü".repeat(60) + ".png";
    add("PaxHeader", 'x', ("30 mtime=1\n150 path=" + pax + "\n").getBytes(StandardCharsets.UTF_8));
    add("short", '0', PNG);
    add("c/d.png", '0', PNG);
    try (Corpus corpus = open();
        Scope scope = Scope.open()) {
      assertThat(corpus.name(0)).isEqualTo(gnu);
      assertThat(corpus.name(1)).isEqualTo(pax);
      assertThat(corpus.name(2)).isEqualTo("c/d.png");
      assertThat(corpus.classNames()).containsExactly("a", "b", "c");
      assertThat(corpus.read(0, 3).orElseThrow().indices()).hasSize(3);
    }
  }

  @Test
  void cutTarsAreSaid() throws IOException {
    add("a.png", '0', PNG);
    add("b.png", '0', new byte[5000]);
    byte[] whole = tar.toByteArray();
    Path cut = Files.write(folder.resolve("cut.tar"), Arrays.copyOf(whole, whole.length - 2000));
    assertThatThrownBy(() -> Corpus.open(cut, Framing.crop(8)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is cut short or damaged at 'b.png'");
  }
}
