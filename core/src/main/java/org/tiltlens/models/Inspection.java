package org.tiltlens.models;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.Checkpoints;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorInfo;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.feature.SparseDictionary;
import org.tiltlens.quality.QualiClip;
import org.tiltlens.run.SpecException;
import org.tiltlens.unet.AdmCheckpoint;
import org.tiltlens.unet.ForeignPrior;
import org.tiltlens.unet.LatentShape;
import org.tiltlens.vision.Beside;
import org.tiltlens.vision.BlockGroup;
import org.tiltlens.vision.RecognisedNetwork;
import org.tiltlens.vision.TorchScriptModel;
import org.tiltlens.vision.VisionCheckpoint;

/**
 * What a checkpoint holds, read from its headers alone.
 *
 * @param path the file or folder
 * @param architecture what Tiltlens recognises it as, one line; null if nothing
 * @param latents of a prior of latents: what it draws and is told; null of others
 * @param problem why it cannot be loaded as that all the same; null if it can
 * @param leftOut tensors among the network's that it does not need, such as a classifier's head
 * @param parts where there are several networks, all of them
 * @param blocks of a vision model: where it can be read
 * @param parameters elements of all tensors
 * @param bytes their size as stored
 * @param metadata the file's own free text
 * @param tensors every tensor, in the file's order; none of a TorchScript file, which is not read
 *     as data
 */
public record Inspection(
    String path,
    String architecture,
    Latents latents,
    String problem,
    List<String> leftOut,
    List<Part> parts,
    List<BlockGroup> blocks,
    long parameters,
    long bytes,
    Map<String, String> metadata,
    List<Entry> tensors) {

  /**
   * One tensor.
   *
   * @param dtype its safetensors name, such as {@code BF16}
   */
  public record Entry(String name, String dtype, List<Long> shape) {
    long elements() {
      return shape.stream().reduce(1L, (a, b) -> a * b);
    }
  }

  /**
   * One network of several.
   *
   * @param field what its prefix is to be given as: {@code visionPart} or {@code priorPart}
   * @param prefix what stands before its tensors' names
   * @param usual whether it is taken where nothing is given
   */
  public record Part(String field, String prefix, boolean usual) {}

  /**
   * What a prior of latents draws and is told.
   *
   * @param shape of its latents
   * @param text whether it is told a text
   */
  public record Latents(LatentShape shape, boolean text) {}

  /** What was recognised. */
  private record Found(
      String architecture,
      String problem,
      List<String> leftOut,
      List<Part> parts,
      List<BlockGroup> blocks) {
    Found(String architecture, RuntimeException problem, List<Part> parts) {
      this(architecture, problem.getMessage(), List.of(), parts, List.of());
    }
  }

  /**
   * Inspects a checkpoint file or folder.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if it cannot be read
   */
  public static Inspection of(Path path) {
    Optional<String> program = TorchScriptModel.describe(path);
    if (program.isPresent()) {
      return new Inspection(
          path.toString(),
          program.get(),
          null,
          null,
          List.of(),
          List.of(),
          List.of(),
          0,
          0,
          Map.of(),
          List.of());
    }
    try (TensorStore store = Checkpoints.open(PriorFile.tensors(path))) {
      Found found = found(path);
      List<Entry> entries =
          store.entries().values().stream()
              .map(tensor -> new Entry(tensor.name(), tensor.dtype().name(), tensor.shape()))
              .toList();
      return new Inspection(
          path.toString(),
          found.architecture(),
          found.architecture() == null || found.problem() != null
              ? null
              : PriorFile.latents(path, store)
                  .map(shape -> new Latents(shape, TextPrior.isOne(path)))
                  .orElse(null),
          found.problem(),
          found.leftOut(),
          found.parts(),
          found.blocks(),
          entries.stream().mapToLong(Entry::elements).sum(),
          store.entries().values().stream().mapToLong(Inspection::bytes).sum(),
          store.metadata(),
          entries);
    }
  }

  private static long bytes(TensorInfo tensor) {
    return tensor.shape().stream().reduce(1L, (a, b) -> a * b) * tensor.dtype().bytes();
  }

  /**
   * The networks of a checkpoint, where there are several of a kind.
   *
   * @param name as in a spec
   * @throws CheckpointException if it cannot be read
   */
  public static List<Part> parts(String name) {
    Path path = PriorFile.tensors(Named.resolve(name));
    if (Checkpoints.isProgram(path)) {
      return List.of();
    }
    try (TensorStore store = Parts.open(path)) {
      return parts(store);
    }
  }

  private static List<Part> parts(TensorStore store) {
    List<Part> parts = new ArrayList<>(parts(VisionCheckpoint.parts(store), Parts.OF_VISION));
    parts.addAll(parts(AdmCheckpoint.parts(store), Parts.OF_PRIOR));
    return parts;
  }

  /** Asks those who would load it. */
  private static Found found(Path path) {
    try (TensorStore store = Parts.open(PriorFile.tensors(path))) {
      List<Part> parts = parts(store);
      String architecture = null;
      try {
        Optional<RecognisedNetwork> vision = VisionCheckpoint.network(store, Beside.of(path));
        if (vision.isPresent()) {
          architecture = vision.get().describe();
          List<String> leftOut = vision.get().leftOut();
          return new Found(architecture, null, leftOut, parts, vision.get().blocks());
        }
        architecture = otherArchitecture(path, store);
        if (architecture != null) {
          if (TextPrior.isOne(path)) {
            TextPrior.requireWords(path);
          }
          return new Found(architecture, null, List.of(), parts, List.of());
        }
        String other = VisionCheckpoint.other(store).orElse(null);
        return ForeignPrior.in(store)
            .map(it -> new Found(it.what(), it.refusal(path.toString()), parts))
            .orElse(new Found(null, other, List.of(), parts, List.of()));
      } catch (CheckpointException | SpecException e) {
        return new Found(architecture, e, parts);
      }
    }
  }

  private static List<Part> parts(Parts all, String field) {
    Optional<String> usual = all.usual();
    return all.prefixes().size() < 2
        ? List.of()
        : all.prefixes().stream()
            .map(prefix -> new Part(field, prefix, usual.filter(prefix::equals).isPresent()))
            .toList();
  }

  /** Of what is no vision network; null if nothing is known. */
  private static String otherArchitecture(Path path, TensorStore store) {
    return Stream.of(
            PriorFile.describe(path, store),
            QualiClip.describe(store),
            SparseDictionary.describe(path))
        .flatMap(Optional::stream)
        .findFirst()
        .orElse(null);
  }
}
