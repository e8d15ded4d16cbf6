package org.tiltlens.residual;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A convolution without bias and the batch norm after it, which in evaluation are one convolution
 * with bias: {@code gamma (w x - mean) / sqrt(var + eps) + beta}, eps 1e-5.
 *
 * <p>Source: Ioffe, Szegedy 2015, <em>Batch Normalization</em>, algorithm 2.
 *
 * @param convolution name of its tensors in the checkpoint
 * @param norm the norm's
 * @param in channels
 * @param out channels
 * @param kernel side of its square filters
 * @param groups of channels that do not see each other; divides both numbers of channels
 */
public record NormedConvolution(
    String convolution, String norm, long in, long out, int kernel, int groups) {
  private static final double EPSILON = 1e-5;

  /** A convolution in which all channels see each other. */
  public NormedConvolution(String convolution, String norm, long in, long out, int kernel) {
    this(convolution, norm, in, out, kernel, 1);
  }

  /** The tensors that it is made of, with their shapes. */
  public Map<String, List<Long>> shapes() {
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    long side = kernel;
    shapes.put(convolution + ".weight", List.of(out, in / groups, side, side));
    for (String part : List.of(".weight", ".bias", ".running_mean", ".running_var")) {
      shapes.put(norm + part, List.of(out));
    }
    return shapes;
  }

  /**
   * Weight and bias of the one convolution, by the convolution's name; for whoever owns the
   * innermost scope.
   */
  public Map<String, Tensor> folded(Weights stored) {
    Tensor variance = Tensors.plus(stored.get(norm + ".running_var"), EPSILON);
    Tensor scale = stored.get(norm + ".weight").div(variance.sqrt());
    Tensor weight = stored.get(convolution + ".weight").mul(scale.reshape(-1, 1, 1, 1));
    Tensor shift = stored.get(norm + ".running_mean").mul(scale);
    Tensor bias = stored.get(norm + ".bias").sub(shift);
    return Map.of(convolution + ".weight", weight, convolution + ".bias", bias);
  }

  /**
   * (N, in, h, w) -> (N, out, h', w'), padded so that a stride of 1 keeps h and w.
   *
   * @param folded what {@link #folded} made
   */
  public Tensor apply(Tensor x, Weights folded, int stride) {
    Tensor weight = folded.get(convolution + ".weight");
    Tensor bias = folded.get(convolution + ".bias");
    return Layers.groupedConv2d(x, weight, bias, stride, kernel / 2, groups);
  }

  /** Weights and biases of several by their names, never freed by a scope. */
  public static Map<String, Tensor> folded(List<NormedConvolution> all, Weights stored) {
    Map<String, Tensor> folded = new HashMap<>();
    try (Scope scope = Scope.open()) {
      all.forEach(each -> folded.putAll(each.folded(stored)));
      folded.values().forEach(Scope::keepForever);
    }
    return folded;
  }
}
