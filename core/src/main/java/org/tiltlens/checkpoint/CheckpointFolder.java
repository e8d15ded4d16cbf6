package org.tiltlens.checkpoint;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Finds the checkpoint in a folder, as Hugging Face and SAELens lay folders out. */
final class CheckpointFolder {
  private static final String PYTORCH = "pytorch_model.bin";

  /** In the order in which they are looked for. */
  private static final List<String> USUAL =
      List.of("model.safetensors", "sae_weights.safetensors", PYTORCH);

  /** An index of shards; of a variant, such as {@code fp16}, it has that in its name. */
  private static final String INDEX =
      "(model\\.safetensors|pytorch_model\\.bin)\\.index(\\.\\w+)?\\.json";

  /** Networks as our trainings name them. */
  private static final Set<String> TRAINED = Set.of("vision.safetensors", "prior.safetensors");

  private static final String TRAINING = "training.safetensors";

  /** What a training of ours leaves beside its network. */
  private static final Set<String> BESIDE_TRAINED =
      Set.of(TRAINING, "training.json", "activations.safetensors", "head.safetensors");

  private static final int LISTED = 4;

  private static final List<String> ENDINGS = List.of(".safetensors", ".pt", ".pth");
  private static final List<String> ARRAYS = List.of(".npz");

  private CheckpointFolder() {}

  /** Whether a file has the name of the one checkpoint in such a folder. */
  static boolean isUsual(String name) {
    return USUAL.contains(name);
  }

  /** Whether a file has the name of what a training of ours leaves beside its network. */
  static boolean isBesideTrained(String name) {
    return BESIDE_TRAINED.contains(name);
  }

  /**
   * Opens it.
   *
   * @throws CheckpointException if there is none, or several
   */
  static TensorStore open(Path folder, Function<Path, TensorStore> opener) {
    // A file of PyTorch's is what the same folder holds as safetensors too, and slower.
    for (String name : USUAL.subList(0, USUAL.size() - 1)) {
      if (Files.exists(folder.resolve(name))) {
        return opener.apply(folder.resolve(name));
      }
    }
    List<String> names = names(folder);
    Optional<String> index = index(names);
    if (index.isPresent()) {
      return ShardedStore.open(folder.resolve(index.get()), opener);
    }
    if (names.contains(PYTORCH)) {
      return opener.apply(folder.resolve(PYTORCH));
    }
    requireNoOther(folder, names);
    List<Path> others = files(folder, trained(names), ENDINGS);
    if (others.isEmpty() && names.contains(TRAINING)) {
      throw new CheckpointException(
          ("folder '%s' holds a training that has not written its network: go on by"
                  + " the training, with the same options and `resume`")
              .formatted(folder));
    }
    if (others.isEmpty()) {
      // Only then: beside a checkpoint, arrays are what somebody computed with it.
      others = files(folder, names, ARRAYS);
    }
    if (others.size() == 1) {
      return opener.apply(others.get(0));
    }
    if (others.isEmpty() && hasImages(folder, names)) {
      throw new CheckpointException(
          "folder '%s' holds images and no model: `images` takes it".formatted(folder));
    }
    throw new CheckpointException(
        others.isEmpty()
            ? "folder '%s' holds no checkpoint: expected %s, their index or one file that ends in %s"
                .formatted(folder, String.join(", ", USUAL), String.join(", ", ENDINGS))
            : "folder '%s' holds several checkpoints (%s): name one, such as '%s'"
                .formatted(folder, listed(others), others.get(0)));
  }

  /** Safetensors before PyTorch's, and all else being equal the one that is no variant. */
  private static Optional<String> index(List<String> names) {
    return names.stream()
        .filter(name -> name.matches(INDEX))
        .min(
            Comparator.comparing((String name) -> name.startsWith(PYTORCH))
                .thenComparing(String::length));
  }

  /** Directly inside, or in a folder of a class. */
  private static boolean hasImages(Path folder, List<String> names) {
    return names.stream().anyMatch(ForeignFile::isImage)
        || names.stream()
            .map(folder::resolve)
            .filter(Files::isDirectory)
            .limit(LISTED)
            .anyMatch(inside -> names(inside).stream().anyMatch(ForeignFile::isImage));
  }

  private static List<String> names(Path folder) {
    try (Stream<Path> inside = Files.list(folder)) {
      return inside.map(file -> file.getFileName().toString()).sorted().toList();
    } catch (IOException e) {
      throw new CheckpointException("folder '" + folder + "' cannot be read: " + e.getMessage(), e);
    }
  }

  private static String listed(List<Path> files) {
    String first =
        files.stream()
            .limit(LISTED)
            .map(file -> file.getFileName().toString())
            .collect(Collectors.joining(", "));
    return files.size() > LISTED ? first + ", ..." : first;
  }

  /** The names without what only helped to train, if a training of ours was here. */
  private static List<String> trained(List<String> names) {
    return names.stream().anyMatch(TRAINED::contains) || names.contains(TRAINING)
        ? names.stream().filter(name -> !BESIDE_TRAINED.contains(name)).toList()
        : names;
  }

  private static List<Path> files(Path folder, List<String> names, List<String> endings) {
    return names.stream()
        .filter(name -> endings.stream().anyMatch(name.toLowerCase(Locale.ROOT)::endsWith))
        .map(folder::resolve)
        .filter(Files::isRegularFile)
        .toList();
  }

  /** Refuses folders of other kinds. */
  private static void requireNoOther(Path folder, List<String> names) {
    String what = null;
    if (names.contains("adapter_config.json")) {
      what =
          "holds a LoRA adapter, which changes another model's weights: merge them in Python with"
              + " merge_and_unload() and save_pretrained(), and give that folder";
    } else if (names.stream().anyMatch(name -> name.endsWith(".distcp"))) {
      what =
          "holds " + ForeignFile.DISTRIBUTED.replace("a part of ", "").replace("its folder", "it");
    } else if (names.stream()
        .anyMatch(name -> name.matches(".*-\\d{5}-of-\\d{5}\\.(safetensors|bin)"))) {
      what =
          "holds shards without their index: put model.safetensors.index.json (or"
              + " pytorch_model.bin.index.json) from where they came beside them";
    } else if (names.contains("saved_model.pb")) {
      what = "holds a TensorFlow model: save its weights in Python with safetensors";
    } else {
      Optional<Path> snapshot = snapshot(folder, names);
      if (snapshot.isPresent()) {
        what = "is a cache of Hugging Face: give a snapshot in it, such as " + snapshot.get();
      }
    }
    if (what != null) {
      throw new CheckpointException("folder '" + folder + "' " + what);
    }
  }

  /** {@code [models--OWNER--NAME/]snapshots/REVISION}. */
  private static Optional<Path> snapshot(Path folder, List<String> names) {
    return names.stream()
        .filter(name -> name.equals("snapshots") || name.startsWith("models--"))
        .map(folder::resolve)
        .map(path -> path.endsWith("snapshots") ? path : path.resolve("snapshots"))
        .filter(Files::isDirectory)
        .flatMap(path -> names(path).stream().map(path::resolve))
        .findFirst();
  }
}
