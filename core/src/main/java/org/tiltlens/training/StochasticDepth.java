package org.tiltlens.training;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Noise;
import org.tiltlens.torch.Tensors;

/**
 * A network of residual blocks without some of them in a step (Huang et al. 2016, <em>Deep networks
 * with stochastic depth</em>, for a whole batch as published).
 *
 * <p>Block i of L is left out with probability {@code rate i / (L - 1)}, so the first never is;
 * what the others add is divided by the probability of their staying, as in timm, so that the
 * network of all blocks is what comes out on average.
 */
final class StochasticDepth {
  private StochasticDepth() {}

  /**
   * The weights of a step: layer scales times 0 or the inverse probability, the rest as it is.
   *
   * @param names of all weights, a block's layer scale ending in {@code gamma}, in their order
   * @param rate of the last block, in (0, 1)
   */
  static Weights of(Weights weights, Collection<String> names, double rate, long seed, long step) {
    List<String> scales = names.stream().filter(name -> name.endsWith("gamma")).toList();
    float[] draws = Tensors.toFloats(Noise.uniform(seed, RandomStream.DEPTH, step, scales.size()));
    Map<String, Tensor> used = new LinkedHashMap<>();
    names.forEach(name -> used.put(name, weights.get(name)));
    for (int i = 1; i < scales.size(); i++) {
      double out = rate * i / (scales.size() - 1);
      double factor = draws[i] < out ? 0 : 1 / (1 - out);
      used.compute(scales.get(i), (name, scale) -> Tensors.scale(scale, factor));
    }
    return Weights.of(used);
  }
}
