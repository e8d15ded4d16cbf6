package org.tiltlens.checkpoint;

import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** Files that are brought as checkpoints and are something else: what they are, and the way out. */
final class ForeignFile {
  private static final String SAVE =
      "load it in Python with what wrote it, and save the weights with safetensors";

  /** What {@code torch.distributed.checkpoint} writes. */
  static final String DISTRIBUTED =
      "a part of a distributed checkpoint: join its folder with `python -m"
          + " torch.distributed.checkpoint.format_utils dcp_to_torch FOLDER model.pt`";

  private static final Pattern EXPORTED =
      Pattern.compile("([^/]+/)?(archive_format|models/.*|serialized_exported_program\\.json)");

  /** A file that a folder or an archive of images has. */
  static final Pattern IMAGE = Pattern.compile("(?is).*\\.(jpe?g|png|webp|bmp|gif|tiff?)");

  private static final int START = 262;

  /** How each begins, one character a byte. */
  private enum Kind {
    LFS(
        "version https://git-lfs",
        "a Git LFS pointer to a file that was not downloaded: run `git lfs pull` where it was"
            + " cloned, or download the file itself"),
    HTML(
        "\\s*<(?i:!doctype|html|\\?xml)",
        "a web page: download the file again, after signing in and accepting its licence where it"
            + " has one"),
    GGUF(
        "GGUF",
        "a GGUF file, weights quantised for llama.cpp: give the safetensors file it was made of"),
    HDF5("\u0089HDF\r\n", "an HDF5 file, such as Keras writes: " + SAVE),
    NUMPY("\u0093NUMPY", "a NumPy array: " + SAVE),
    PARQUET(
        "PAR1",
        "a Parquet file, not a model: `harvest` takes the table of a harvest, and `images` one of"
            + " images"),
    PICTURE(
        "\u0089PNG|\u00ff\u00d8\u00ff|GIF8|RIFF(?s:.{4})WEBP",
        "a picture, not a model: `image` takes one, and `images` a folder of them"),
    TAR("(?s).{257}ustar", "a tar archive: unpack it, or give it as `images` if it holds those"),
    JSON(
        "\\s*[{\\[]",
        "JSON, settings or the record of a run, not weights: give the file or folder of weights"),
    GZIP("\u001f\u008b", "compressed with gzip: unpack it first"),
    /** Protocol buffers: the format's version, then the name or the version of who wrote it. */
    ONNX(
        "\\x08[\\x03-\\x20][\\x12\\x1a]",
        "an ONNX file: give the checkpoint it was exported from, or save the network with"
            + " torch.jit.save");

    private final Pattern start;
    private final String what;

    Kind(String start, String what) {
      this.start = Pattern.compile(start);
      this.what = what;
    }
  }

  private ForeignFile() {}

  /** What a file is that is neither of safetensors nor of PyTorch; empty if nobody knows. */
  static Optional<String> describe(OpenFile file) {
    String start =
        new String(file.bytes(0, (int) Math.min(START, file.size())), StandardCharsets.ISO_8859_1);
    for (Kind kind : Kind.values()) {
      if (kind.start.matcher(start).lookingAt()) {
        return Optional.of(kind.what);
      }
    }
    String name = String.valueOf(file.path().getFileName()).toLowerCase(Locale.ROOT);
    if (name.endsWith(".pb") || name.endsWith(".index") || name.contains(".data-00000-of-")) {
      return Optional.of("a part of a TensorFlow model: " + SAVE);
    }
    if (name.matches(".*\\.tar(\\.\\w+)?")) {
      return Optional.of("a tar file, not a model: `images` takes one of images");
    }
    return name.endsWith(".distcp") ? Optional.of(DISTRIBUTED) : Optional.empty();
  }

  /** What a zip file is that holds no state dict; empty if nobody knows. */
  static Optional<String> describeZip(Set<String> names) {
    if (names.stream().anyMatch(EXPORTED.asMatchPredicate())) {
      return Optional.of(
          "a program of torch.export (.pt2): save the network with torch.jit.save, or its"
              + " state_dict() with safetensors");
    }
    if (names.stream().anyMatch(name -> name.endsWith(".weights.h5"))) {
      return Optional.of("a Keras model (.keras): " + SAVE);
    }
    return names.stream()
        .filter(name -> name.matches("(?s).*\\.(pth|pt|bin|ckpt|safetensors)"))
        .findFirst()
        .map(name -> "a zip file with a checkpoint inside, '" + name + "': unpack it first")
        .or(
            () ->
                names.stream()
                    .filter(name -> IMAGE.matcher(name).matches())
                    .findFirst()
                    .map(name -> "a zip file of images, not a model: `images` takes it"));
  }
}
