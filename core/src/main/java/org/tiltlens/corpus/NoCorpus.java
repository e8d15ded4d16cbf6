package org.tiltlens.corpus;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;

/** What is brought as a corpus and is something else: what it is, and what takes it. */
final class NoCorpus {
  private static final String CHECKPOINT =
      ", no corpus of images: `vision`, `prior` or `dictionary` takes it";

  private static final Pattern WEIGHTS =
      Pattern.compile(".*\\.(safetensors|pth|pt|bin|ckpt|npz)", Pattern.CASE_INSENSITIVE);

  private static final int START = 9;

  private NoCorpus() {}

  /** The words after "is"; empty if nobody knows. */
  static Optional<String> described(Path path) throws IOException {
    if (Files.isDirectory(path)) {
      return ofFolder(path);
    }
    // Inside an archive there is none.
    return Files.isRegularFile(path) ? ofFile(path) : Optional.empty();
  }

  private static Optional<String> ofFolder(Path folder) throws IOException {
    List<String> names;
    try (Stream<Path> files = Files.list(folder)) {
      names = files.map(file -> String.valueOf(file.getFileName())).sorted().toList();
    }
    if (names.contains("run.json")) {
      return Optional.of("the folder of a run, no corpus: name the images in it");
    }
    return names.stream()
        .filter(name -> WEIGHTS.matcher(name).matches())
        .findFirst()
        .map(name -> "the folder of a checkpoint, " + name + CHECKPOINT);
  }

  private static Optional<String> ofFile(Path file) throws IOException {
    byte[] bytes;
    try (InputStream in = Files.newInputStream(file)) {
      bytes = in.readNBytes(START);
    }
    String start = new String(bytes, StandardCharsets.ISO_8859_1);
    String name = String.valueOf(file.getFileName());
    if (start.startsWith("PK")) {
      return ofZip(file).map(what -> what + CHECKPOINT);
    }
    if (start.length() == START && start.charAt(START - 1) == '{') {
      return Optional.of("a safetensors checkpoint" + CHECKPOINT);
    }
    if (start.startsWith("\u0080\u0002")) {
      return Optional.of("a PyTorch checkpoint" + CHECKPOINT);
    }
    if (start.startsWith("{") && name.toLowerCase(Locale.ROOT).endsWith(".json")) {
      return Optional.of("JSON, settings or the record of a run, no corpus of images");
    }
    return ImageNames.isImage(name)
        ? Optional.of("one picture, no corpus: give the folder that it is in")
        : Optional.empty();
  }

  private static Optional<String> ofZip(Path file) throws IOException {
    try (ZipFile zip = new ZipFile(file.toFile())) {
      List<String> names =
          zip.stream().filter(each -> !each.isDirectory()).map(ZipEntry::getName).toList();
      if (names.stream().anyMatch(name -> name.endsWith("/data.pkl"))) {
        return Optional.of("a PyTorch checkpoint");
      }
      return !names.isEmpty() && names.stream().allMatch(name -> name.endsWith(".npy"))
          ? Optional.of("an .npz of NumPy arrays")
          : Optional.empty();
    } catch (ZipException | EOFException e) {
      return Optional.empty();
    }
  }
}
