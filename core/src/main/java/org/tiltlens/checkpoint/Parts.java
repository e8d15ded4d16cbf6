package org.tiltlens.checkpoint;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * The networks of one kind in a checkpoint, such as a model and its moving average: each has its
 * own prefix before the names of its tensors.
 *
 * @param prefixes in the file's order; {@code ""} where nothing stands before the names
 */
public record Parts(TensorStore store, List<String> prefixes) {
  /** The field of a spec that chooses a vision network. */
  public static final String OF_VISION = "visionPart";

  /** The field of a spec that chooses a prior. */
  public static final String OF_PRIOR = "priorPart";

  public Parts {
    prefixes = List.copyOf(prefixes);
  }

  /**
   * Opens a checkpoint whose tensors have their plain names: without what wrappers of training put
   * into them ({@code module.}, {@code _orig_mod.}), blocks of chunks as blocks.
   *
   * @throws CheckpointException as {@link Checkpoints#open}
   */
  public static TensorStore open(Path path) {
    TensorStore store = Checkpoints.open(path);
    try {
      return TrainingNames.plain(store);
    } catch (RuntimeException e) {
      store.close();
      throw e;
    }
  }

  /**
   * Finds them.
   *
   * @param landmarks names of tensors of which each such network has exactly one
   */
  public static Parts of(TensorStore store, String... landmarks) {
    return new Parts(
        store,
        store.entries().keySet().stream()
            .flatMap(
                name ->
                    Arrays.stream(landmarks)
                        .filter(mark -> name.equals(mark) || name.endsWith("." + mark))
                        .map(mark -> name.substring(0, name.length() - mark.length())))
            .distinct()
            .toList());
  }

  /**
   * The prefix of the one to take where nobody chose: the only one; else the teacher, since it is
   * what is kept after training; else the moving average (EMA), since it draws and sees better than
   * the weights it averages.
   *
   * @param kind for messages
   * @param field of a spec that chooses another
   * @throws CheckpointException if there are none, or that is none or several
   */
  public String usual(String kind, String field) {
    return usual()
        .orElseThrow(
            () ->
                new CheckpointException(
                    "%s holds several %s, under %s: choose one by `%s`, such as '%s'"
                        .formatted(
                            store.source(),
                            kind,
                            quoted(),
                            field,
                            prefixes.get(prefixes.size() - 1))));
  }

  /** The same; empty where there are none, or several of which none is usual. */
  public Optional<String> usual() {
    List<String> teachers = prefixes.stream().filter(name -> name.contains("teacher")).toList();
    List<String> last = teachers.isEmpty() ? prefixes : teachers;
    List<String> left = last.size() == 1 ? last : last.stream().filter(Parts::isAverage).toList();
    return left.size() == 1 ? Optional.of(left.get(0)) : Optional.empty();
  }

  private static boolean isAverage(String prefix) {
    List<String> words = List.of(prefix.toLowerCase(Locale.ROOT).split("[._]"));
    return words.contains("ema") && !words.contains("online");
  }

  /**
   * The checkpoint without the other parts.
   *
   * @param part one of the prefixes or the beginning of only one, with or without its last dot
   * @throws CheckpointException if it is not; the message lists what there is
   */
  public TensorStore only(String part) {
    String plain = TrainingNames.plain(part.isEmpty() || part.endsWith(".") ? part : part + ".");
    List<String> meant = prefixes.stream().filter(plain::equals).toList();
    if (meant.isEmpty()) {
      meant = prefixes.stream().filter(name -> name.startsWith(plain)).toList();
    }
    if (meant.size() != 1) {
      throw new CheckpointException(
          "%s: part '%s' is %s, expected one of %s"
              .formatted(
                  store.source(), part, meant.isEmpty() ? "not there" : "several", quoted()));
    }
    String chosen = meant.get(0);
    List<String> others = prefixes.stream().filter(name -> !chosen.startsWith(name)).toList();
    return new RenamedStore(
        store,
        store.source(),
        name ->
            name.startsWith(chosen) && others.stream().noneMatch(name::startsWith) ? name : null);
  }

  private List<String> quoted() {
    return prefixes.stream().limit(8).map(name -> "'" + name + "'").toList();
  }
}
