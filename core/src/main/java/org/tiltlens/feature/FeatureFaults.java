package org.tiltlens.feature;

import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * Features of a dictionary with NaN or infinity among the weights that decide when they are active.
 *
 * <p>A threshold may be infinite: such a feature is never active, or always.
 *
 * @param byFeature feature, counted from the first of those looked at -> what is wrong with it
 */
record FeatureFaults(Map<Integer, String> byFeature) {
  FeatureFaults {
    byFeature = Collections.unmodifiableMap(new TreeMap<>(byFeature));
  }

  /**
   * Looks at weights as {@link DictionaryNetwork} names them; costs a sum of each where all are
   * finite.
   */
  static FeatureFaults of(DictionaryConfig config, Map<String, Tensor> tensors) {
    Map<Integer, String> faults = new TreeMap<>();
    find(faults, tensors.get("encoder"), "its row of the encoder is not finite");
    find(faults, tensors.get("encoder_bias"), "its bias of the encoder is not finite");
    if (config.decoderNormGates()) {
      find(faults, tensors.get("decoder"), "its row of the decoder is not finite");
    }
    Tensor threshold = tensors.get("threshold");
    if (threshold != null) {
      try (Scope scope = Scope.open()) {
        double[] values = Tensors.toDoubles(threshold.flatten());
        for (int i = 0; i < values.length; i++) {
          if (Double.isNaN(values[i])) {
            faults.putIfAbsent(i, "its threshold is NaN");
          }
        }
      }
    }
    return new FeatureFaults(faults);
  }

  private static void find(Map<Integer, String> faults, Tensor rows, String what) {
    int next = 0;
    for (long row : Tensors.finiteRows(rows)) {
      for (; next < row; next++) {
        faults.putIfAbsent(next, what);
      }
      next++;
    }
    for (; next < rows.size(0); next++) {
      faults.putIfAbsent(next, what);
    }
  }

  /**
   * The weights under which these features are NaN wherever they are computed, and take none of the
   * places that features compete for.
   *
   * @param tensors of all that were looked at
   */
  Map<String, Tensor> marked(Map<String, Tensor> tensors) {
    Map<String, Tensor> marked = new HashMap<>(tensors);
    int count = Math.toIntExact(tensors.get("encoder_bias").size(0));
    marked.put("encoder_bias", tensors.get("encoder_bias").add(each(Float.NaN, 0, count)));
    marked.put(
        DictionaryNetwork.HIGHEST,
        each(Float.NEGATIVE_INFINITY, Float.POSITIVE_INFINITY, count).reshape(-1, 1, 1));
    return marked;
  }

  private Tensor each(float faulty, float sound, int count) {
    float[] values = new float[count];
    Arrays.fill(values, sound);
    byFeature.keySet().forEach(i -> values[i] = faulty);
    return Tensors.floats(values, count);
  }
}
