package org.tiltlens.quality;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tiltlens.golden.MemoryStore;

/**
 * The narrowest CLIP network with numbers that are 0 but where a test sets them: whatever goes
 * through it does so in channel 0.
 */
final class ClipNumbers {
  static final ClipResNetConfig CONFIG = new ClipResNetConfig(List.of(1, 1, 1, 1), 2, 2);

  private final Map<String, float[]> numbers = new LinkedHashMap<>();

  /** Norms leave everything at 0 as well. */
  ClipNumbers() {
    CONFIG
        .shapes()
        .forEach(
            (name, shape) ->
                numbers.put(
                    name, new float[(int) shape.stream().reduce(1L, (a, b) -> a * b).longValue()]));
  }

  ClipNumbers with(String name, int index, double value) {
    numbers.get(name)[index] = (float) value;
    return this;
  }

  /** Channel 0 passes a convolution, at its centre, and the norm after it unchanged. */
  ClipNumbers passing(String convolution, String norm) {
    int kernel = CONFIG.shapes().get(convolution + ".weight").get(2).intValue();
    return with(convolution + ".weight", kernel * kernel / 2, 1).normed(norm, 1, 0, 0, 1 - 1e-5);
  }

  /** What a norm does to channel 0. */
  ClipNumbers normed(String norm, double gamma, double beta, double mean, double variance) {
    return with(norm + ".weight", 0, gamma)
        .with(norm + ".bias", 0, beta)
        .with(norm + ".running_mean", 0, mean)
        .with(norm + ".running_var", 0, variance);
  }

  /** Red passes the stem: every second pixel of every second row, averaged in fours. */
  ClipNumbers passingStem() {
    return passing("conv1", "bn1").passing("conv2", "bn2").passing("conv3", "bn3");
  }

  /** Channel 0 passes the four blocks on one of their two ways. */
  ClipNumbers passingBlocks(boolean beside) {
    for (int layer = 0; layer < 4; layer++) {
      String block = ClipResNetConfig.block(layer, 0);
      if (beside) {
        passing(block + "downsample.0", block + "downsample.1");
      } else {
        for (int i = 1; i <= 3; i++) {
          passing(block + "conv" + i, block + "bn" + i);
        }
      }
    }
    return this;
  }

  /** The network's tensors under {@code visual.}. */
  MemoryStore store() {
    MemoryStore store = new MemoryStore();
    CONFIG
        .shapes()
        .forEach(
            (name, shape) ->
                store.put("visual." + name, numbers.get(name), shape.toArray(Long[]::new)));
    return store;
  }
}
