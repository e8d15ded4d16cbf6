package org.tiltlens.checkpoint;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.tiltlens.torch.Device;

/**
 * The tensors that are needed of a network in a checkpoint.
 *
 * @param prefix what stands before the network's names in the checkpoint; anything else in it is no
 *     concern of the network
 * @param all our name -> shape of every tensor of the network
 * @param needed those of them to load; the others may be missing
 * @param stored our name -> the checkpoint's name, prefix included
 * @param unused the checkpoint's names, without prefix, of tensors that belong to the network and
 *     are never needed, as regular expressions
 */
public record PartOfNetwork(
    String prefix,
    Map<String, List<Long>> all,
    Map<String, List<Long>> needed,
    UnaryOperator<String> stored,
    List<String> unused) {

  /**
   * What may lie beside any of our networks and is no part of it: heads that classify or train it,
   * counters of batch norms and of averages.
   */
  private static final List<String> NEVER_NEEDED =
      List.of(
          "(head|heads|fc|fc_cls|classifier|classifier_head|cls_head|mlp_head|linear|last_linear"
              + "|linear_head|head_dist)\\..*",
          "(dino_head|ibot_head|last_layer|prototypes|projection_head|projector|predictor)\\..*",
          "prototypes",
          "(.*\\.)?(num_batches_tracked|n_averaged)");

  /**
   * Loads them.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if tensors are missing, unexpected or
   *     mis-shaped; the message lists them
   */
  public Weights load(TensorStore store, Device device) {
    return Weights.load(store, needed, stored, ignorable(), device);
  }

  /**
   * The checkpoint's names of tensors that stand among the network's and are not needed.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException as {@link #load}
   */
  public List<String> leftOut(TensorStore store) {
    Weights.require(store, needed, stored, ignorable());
    Set<String> own = all.keySet().stream().map(stored).collect(Collectors.toSet());
    return store.entries().keySet().stream()
        .filter(name -> name.startsWith(prefix) && !own.contains(name))
        .toList();
  }

  private List<String> ignorable() {
    Set<String> later = new LinkedHashSet<>(all.keySet());
    later.removeAll(needed.keySet());
    String quoted = Pattern.quote(prefix);
    return Stream.of(
            Stream.of("(?!" + quoted + ").*"),
            Stream.concat(unused.stream(), NEVER_NEEDED.stream())
                .map(name -> quoted + "(" + name + ")"),
            later.stream().map(stored).map(Pattern::quote))
        .flatMap(names -> names)
        .toList();
  }
}
