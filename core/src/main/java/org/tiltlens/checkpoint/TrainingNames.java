package org.tiltlens.checkpoint;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Tensors' names without what training puts into them. */
final class TrainingNames {
  /**
   * Parts that wrappers add anywhere: DataParallel and FSDP, torch.compile, activation
   * checkpointing.
   */
  private static final Pattern WRAPPERS =
      Pattern.compile(
          "(?<![^.])(module|_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\\.");

  /**
   * A block of a chunk, as DINOv2 and DINOv3 wrap them for FSDP: {@code blocks.CHUNK.INDEX.}; not a
   * convolution of a network whose blocks have two numbers, such as an EfficientNet.
   */
  private static final Pattern CHUNK =
      Pattern.compile("^(|.*\\.)blocks\\.(\\d{1,4})\\.(\\d{1,4})\\.((?!conv|bn\\d|se\\.).+)");

  private TrainingNames() {}

  /**
   * The same tensors by their plain names.
   *
   * <p>Where two tensors would get one name, wrappers stay.
   *
   * @throws CheckpointException if chunks of blocks number their blocks each for itself
   */
  static TensorStore plain(TensorStore store) {
    Set<String> names = new HashSet<>();
    store.entries().keySet().forEach(name -> names.add(plain(name)));
    boolean apart = names.size() == store.entries().size();
    TensorStore unwrapped =
        apart ? new RenamedStore(store, store.source(), TrainingNames::plain) : store;
    requireOneNumbering(unwrapped);
    return new RenamedStore(
        unwrapped, store.source(), name -> CHUNK.matcher(name).replaceFirst("$1blocks.$3.$4"));
  }

  /** A name, or the beginning of names, without wrappers. */
  static String plain(String name) {
    return WRAPPERS.matcher(name).replaceAll("");
  }

  /** DINOv2 pads a chunk, so that a block keeps its own index in it. */
  private static void requireOneNumbering(TensorStore store) {
    Map<String, String> chunks = new HashMap<>();
    for (String name : store.entries().keySet()) {
      Matcher block = CHUNK.matcher(name);
      if (block.matches()) {
        String chunk = block.group(2);
        String known = chunks.putIfAbsent(block.group(1) + " " + block.group(3), chunk);
        if (known != null && !known.equals(chunk)) {
          throw new CheckpointException(
              ("%s: block %s is in chunks %s and %s ('%s'), expected chunks as DINOv2 writes them,"
                      + " each block with its own index: rename them to blocks.INDEX. in Python")
                  .formatted(store.source(), block.group(3), known, chunk, name));
        }
      }
    }
  }
}
