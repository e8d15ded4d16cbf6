package org.tiltlens.checkpoint;

import java.util.ArrayList;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;

/** Compares what a network needs with what a checkpoint holds. */
final class Fit {
  private static final int SHOWN = 8;

  /**
   * Types that mean themselves. Beside weights of others, what cannot be read may be their scales;
   * beside these, it is nothing that a network needs.
   */
  private static final Set<DType> PLAIN = EnumSet.of(DType.F16, DType.BF16, DType.F32, DType.F64);

  private Fit() {}

  /** Throws a {@link CheckpointException} that lists everything that does not fit. */
  static void require(
      TensorStore store,
      Map<String, List<Long>> expected,
      UnaryOperator<String> storedName,
      List<String> ignorable) {
    List<String> missing = new ArrayList<>();
    List<String> misshaped = new ArrayList<>();
    List<String> whole = new ArrayList<>();
    List<String> unread = new ArrayList<>();
    Set<String> used = new HashSet<>();
    expected.forEach(
        (name, shape) -> {
          String stored = storedName.apply(name);
          used.add(stored);
          TensorInfo info = store.entries().get(stored);
          if (info == null) {
            String what = store.otherwise(stored).map(it -> " (it is " + it + ")").orElse("");
            missing.add(stored + what);
          } else if (!info.shape().equals(shape)) {
            misshaped.add(stored + " is " + info.shape() + ", needs " + shape);
          } else if (info.dtype().isWhole()) {
            whole.add(stored + " is " + info.dtype());
          } else if (!info.dtype().isRead()) {
            unread.add(stored + " is " + info.dtype());
          }
        });
    boolean plain =
        used.stream()
            .flatMap(name -> Optional.ofNullable(store.entries().get(name)).stream())
            .allMatch(info -> PLAIN.contains(info.dtype()));
    List<Pattern> ignored = ignorable.stream().map(Pattern::compile).toList();
    List<String> unexpected =
        store.entries().keySet().stream()
            .filter(name -> !used.contains(name))
            // A tensor without elements says nothing.
            .filter(name -> !store.entries().get(name).shape().contains(0L))
            .filter(name -> ignored.stream().noneMatch(p -> p.matcher(name).matches()))
            .filter(name -> !plain || store.entries().get(name).dtype().isRead())
            .toList();

    List<String> complaints = new ArrayList<>();
    complain(complaints, "missing", missing);
    complain(complaints, "unexpected", unexpected);
    complain(complaints, "of another shape", misshaped);
    complain(
        complaints,
        "of whole numbers, quantised weights that are not read (give the unquantised checkpoint)",
        whole);
    complain(
        complaints,
        "of a type that is not read, expected floats of at least 8 bits (convert in Python with"
            + " .float())",
        unread);
    if (!complaints.isEmpty()) {
      throw new CheckpointException(
          store.source() + " does not fit the network: " + String.join("; ", complaints));
    }
  }

  private static void complain(List<String> complaints, String what, List<String> names) {
    if (!names.isEmpty()) {
      String shown = String.join(", ", names.subList(0, Math.min(SHOWN, names.size())));
      String rest = names.size() > SHOWN ? ", ..." : "";
      complaints.add(names.size() + " " + what + ": " + shown + rest);
    }
  }
}
