package org.tiltlens.corpus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;
import static org.tiltlens.corpus.ImageFiles.encoded;
import static org.tiltlens.corpus.ImageFiles.plain;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.tiltlens.torch.Scope;

class FolderCorpusTest {
  private static final byte[] PNG = encoded(plain(8, 8, 0x336699), "png");

  @TempDir private Path folder;

  private void write(String name, byte[] bytes) throws IOException {
    Path file = folder.resolve(name);
    Files.createDirectories(file.getParent());
    Files.write(file, bytes);
  }

  private Corpus open(String inside) throws IOException {
    return Corpus.open(folder.resolve(inside), Framing.crop(8));
  }

  private static List<String> names(Corpus corpus) {
    return IntStream.range(0, corpus.size()).mapToObj(corpus::name).toList();
  }

  private static int read(Corpus corpus) {
    try (Scope scope = Scope.open()) {
      return corpus.read(0, corpus.size()).orElseThrow().indices().size();
    }
  }

  @Test
  void linkedFoldersAreReadOnceAndLoopsEnd() throws IOException {
    write("real/cats/0.png", PNG);
    write("real/cats/1.png", PNG);
    write("corpus/own/2.png", PNG);
    Path corpus = folder.resolve("corpus");
    Files.createSymbolicLink(corpus.resolve("linked"), Path.of("../real/cats"));
    Files.createSymbolicLink(corpus.resolve("twice"), Path.of("../real/cats"));
    Files.createSymbolicLink(corpus.resolve("own/up"), Path.of(".."));
    Files.createSymbolicLink(corpus.resolve("own/again"), Path.of("."));
    Files.createSymbolicLink(corpus.resolve("nowhere"), Path.of("gone"));
    Files.createSymbolicLink(folder.resolve("whole"), Path.of("corpus"));
    for (String root : List.of("corpus", "whole")) {
      try (Corpus opened = open(root)) {
        assertThat(names(opened)).containsExactly("linked/0.png", "linked/1.png", "own/2.png");
        assertThat(opened.classNames()).containsExactly("linked", "own");
        assertThat(read(opened)).isEqualTo(3);
        assertThat(opened.skipped().names()).startsWith("nowhere: ");
      }
    }
  }

  @Test
  void whatIsLeftOutIsCountedByItsKind() throws IOException {
    write("a.png", PNG);
    write("b.JPE", encoded(plain(8, 8, 0x336699), "jpg"));
    write("c.jfif", encoded(plain(8, 8, 0x336699), "jpg"));
    write("d.png", "<html>".getBytes(StandardCharsets.US_ASCII));
    for (String name : List.of("e.heic", "f.HEIC", "g.avif", "h", "i.jpg_large", "j.zip")) {
      write(name, PNG);
    }
    for (String name : List.of("notes.txt", ".hidden.heic", ".git/objects/3f", "__MACOSX/._a")) {
      write(name, PNG);
    }
    write(".ipynb_checkpoints/a-checkpoint.png", PNG);
    try (Corpus corpus = open("")) {
      assertThat(names(corpus)).containsExactly("a.png", "b.JPE", "c.jfif", "d.png");
      assertThat(read(corpus)).isEqualTo(3);
      LeftOut leftOut = corpus.skipped().of(4);
      assertThat(leftOut.of()).isEqualTo(10);
      assertThat(leftOut.why())
          .isEqualTo(
              Map.of(".avif", 1, ".heic", 2, ".zip", 1, "damaged", 1, "without a known ending", 2));
      assertThat(leftOut)
          .hasToString(
              "left out 7 of 10 images: 1 .avif (convert to JPEG or PNG), 2 .heic (convert to JPEG"
                  + " or PNG), 1 .zip (unpack, or name one), 1 damaged, 2 without a known ending"
                  + " (name them .jpg, .png, ..)");
      assertThat(corpus.skipped().names().lines())
          .hasSize(7)
          .contains("d.png: is no JPEG, PNG, WebP, BMP, GIF or TIFF")
          .contains("e.heic: is .heic, which is not read: convert it to JPEG or PNG");
    }
  }

  @Test
  void aFolderOfOtherFormatsSaysWhatItHolds() throws IOException {
    write("a.heic", PNG);
    write("b", PNG);
    assertThatThrownBy(() -> open(""))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("holds no images that can be read (left out 2 of 2 images: 1 .heic")
        .hasMessageContaining("1 without a known ending")
        .hasMessageContaining("expected .jpg, .png");
  }

  @Test
  void whollyReadCorporaLeaveNothingOut() throws IOException {
    write("a.png", PNG);
    try (Corpus corpus = open("")) {
      assertThat(read(corpus)).isEqualTo(1);
      assertThat(corpus.skipped().of(1)).isNull();
      assertThat(corpus.skipped().names()).isEmpty();
    }
  }

  /** Latin-1 in a UTF-8 locale; in the C locale all that is not ASCII goes the same way. */
  @Test
  void namesThatTheLocaleCannotSpellAreRead() throws IOException {
    assumeThat(folder.getFileSystem().supportedFileAttributeViews()).contains("unix");
    write("b.png", PNG);
    Files.write(Path.of(URI.create(folder.toUri() + "a%E9.png")), PNG);
    try (Corpus corpus = open("")) {
      assertThat(names(corpus)).containsExactly("a%E9.png", "b.png");
      assertThat(read(corpus)).isEqualTo(2);
    }
  }
}
