package org.tiltlens.dit;

import static org.tiltlens.torch.Layers.conv2d;
import static org.tiltlens.torch.Layers.geluTanh;
import static org.tiltlens.torch.Layers.layerNorm;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.multiHeadAttention;
import static org.tiltlens.torch.Layers.silu;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.diffusion.Denoiser;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;
import org.tiltlens.unet.TimestepEmbedding;

/**
 * A diffusion transformer with adaLN-Zero: noisy latents, their timestep and class -> the noise,
 * and the reverse variance if it was learned.
 *
 * <pre>
 *   c = mlp(sinusoids(t)) + table[class]                                  (N, W)
 *   x = patches + positions                                               (N, T, W)
 *   x = x + gate_1 attention((1 + scale_1) norm(x) + shift_1)             each block, shifts, scales
 *   x = x + gate_2 mlp((1 + scale_2) norm(x) + shift_2)                   and gates linear in silu(c)
 * </pre>
 *
 * <p>Peebles and Xie 2023, <em>Scalable Diffusion Models with Transformers</em>, arXiv 2212.09748,
 * figure 3; computes what {@code DiT} of facebookresearch/DiT computes, or what {@code
 * DiTTransformer2DModel} of diffusers does, which spaces the sinusoids otherwise, each by its own
 * names, in float32.
 */
public final class Dit implements Denoiser {
  private static final double EPSILON = 1e-6;
  private static final TimestepEmbedding DIFFUSERS_SINUSOIDS = new TimestepEmbedding(true, 1);
  static final String POSITIONS = "pos_embed";

  private final DitConfig config;
  private final Weights weights;
  private final Device device;

  private Dit(DitConfig config, Weights weights, Device device) {
    this.config = config;
    this.weights = weights;
    this.device = device;
  }

  /** Whether a checkpoint holds one. */
  public static boolean isOne(TensorStore store) {
    return !DitNames.parts(store).prefixes().isEmpty();
  }

  /**
   * The network in a checkpoint: the only one, or the moving average.
   *
   * @throws org.tiltlens.checkpoint.CheckpointException if there is none, or are several
   */
  public static TensorStore network(TensorStore store) {
    return store.under(DitNames.parts(store).usual("diffusion transformers", Parts.OF_PRIOR));
  }

  /**
   * Loads a network.
   *
   * @param network its tensors, without what stands before their names
   * @throws org.tiltlens.checkpoint.CheckpointException if the tensors are not of such a network
   */
  public static Dit load(TensorStore network, DitConfig config, Device device) {
    Map<String, List<Long>> shapes = shapes(network, config);
    Weights read = Weights.load(network, shapes, config.names()::stored, List.of(), device);
    if (shapes.containsKey(POSITIONS)) {
      return new Dit(config, read, device);
    }
    Map<String, Tensor> all = new LinkedHashMap<>();
    shapes.keySet().forEach(name -> all.put(name, read.get(name)));
    try (Scope scope = Scope.open()) {
      Tensor recomputed = GridPositions.of(config.grid(), config.width());
      all.put(POSITIONS, Scope.keepForever(device.place(recomputed)));
    }
    return new Dit(config, Weights.of(all), device);
  }

  /** Name -> shape of every tensor, positions only where they are stored. */
  static Map<String, List<Long>> shapes(TensorStore network, DitConfig config) {
    Map<String, List<Long>> shapes = new LinkedHashMap<>(config.shapes());
    if (network.entries().containsKey(config.names().stored(POSITIONS))) {
      long tokens = (long) config.grid() * config.grid();
      shapes.put(POSITIONS, List.of(1L, tokens, (long) config.width()));
    }
    return shapes;
  }

  @Override
  public long[] imageShape() {
    return new long[] {config.channels(), config.side(), config.side()};
  }

  @Override
  public boolean learnsVariance() {
    return config.learnsVariance();
  }

  @Override
  public int classes() {
    return config.classes();
  }

  @Override
  public Device device() {
    return device;
  }

  /**
   * {@inheritDoc}
   *
   * @param x (N, C, S, S) latents
   * @param labels {@link #NO_CLASS} only where a row of the table is for it
   */
  @Override
  public Tensor forward(Tensor x, double[] timesteps, int[] labels) {
    require(x, timesteps, labels);
    try (Scope scope = Scope.open()) {
      Map<String, Tensor> told = conditions(timesteps, labels);
      Tensor tokens = layer(x); // (N, W, g, g)
      tokens = tokens.flatten(2, 3).transpose(1, 2).add(weights.get(POSITIONS)); // (N, T, W)
      for (int i = 0; i < config.depth(); i++) {
        Tensor before = tokens;
        String name = DitConfig.block(i);
        tokens = Scope.of(() -> block(before, told.get(name), name));
        scope.free(before);
      }
      return scope.keep(unpatched(last(tokens, told.get(DitConfig.block(0)))));
    }
  }

  private void require(Tensor x, double[] timesteps, int[] labels) {
    long[] wanted = imageShape();
    boolean fits = x.dim() == 4;
    for (int i = 0; fits && i < 3; i++) {
      fits = x.size(i + 1) == wanted[i];
    }
    if (!fits) {
      throw new IllegalArgumentException(
          "the transformer wants Nx%s, not %s"
              .formatted(Tensors.describe(wanted), Tensors.describe(x)));
    }
    if (labels == null || timesteps.length != x.size(0) || labels.length != x.size(0)) {
      throw new IllegalArgumentException(
          "%d images need as many timesteps and labels, not %d and %s"
              .formatted(x.size(0), timesteps.length, labels == null ? "none" : labels.length));
    }
    for (int label : labels) {
      boolean none = label == NO_CLASS && config.nullClass();
      if (!none && (label < 0 || label >= config.classes())) {
        throw new IllegalArgumentException(
            "class label %d does not exist: 0..%d%s"
                .formatted(
                    label,
                    config.classes() - 1,
                    config.nullClass() ? "" : ", and no class was never told in training"));
      }
    }
  }

  private Tensor layer(Tensor x) {
    Tensor weight = weights.get(DitConfig.PATCHES);
    Tensor bias = weights.get("x_embedder.proj.bias");
    return conv2d(device.place(x), weight, bias, config.patch(), 0);
  }

  /** What each block is told, by the blocks' names; one for all where they share it. */
  private Map<String, Tensor> conditions(double[] timesteps, int... labels) {
    Map<String, Tensor> told = new LinkedHashMap<>();
    Map<String, Tensor> known = new LinkedHashMap<>();
    for (int i = 0; i < config.depth(); i++) {
      String block = DitConfig.block(i);
      String embedders = config.names().embedders(block);
      told.put(
          block, known.computeIfAbsent(embedders, prefix -> condition(prefix, timesteps, labels)));
    }
    return told;
  }

  /** What embedders say, after SiLU: (N, W). */
  private Tensor condition(String prefix, double[] timesteps, int... labels) {
    TimestepEmbedding sinusoids = config.diffusers() ? DIFFUSERS_SINUSOIDS : TimestepEmbedding.ADM;
    return Scope.of(
        () -> {
          Tensor t = device.place(sinusoids.of(timesteps, config.frequencies()));
          t = dense(silu(dense(t, prefix + "t_embedder.mlp.0")), prefix + "t_embedder.mlp.2");
          long[] rows =
              Arrays.stream(labels)
                  .mapToLong(label -> label == NO_CLASS ? config.classes() : label)
                  .toArray();
          Tensor y =
              weights
                  .get(prefix + "y_embedder.embedding_table.weight")
                  .index_select(0, device.place(Tensors.longs(rows, rows.length)));
          return silu(t.add(y));
        });
  }

  /** (N, T, W) -> (N, T, W). */
  private Tensor block(Tensor x, Tensor condition, String name) {
    Tensor[] told = shares(dense(condition, name + "adaLN_modulation.1"), 6);
    Tensor normed = modulated(x, told[0], told[1]);
    Tensor qkv =
        Tensors.cat(
            config.names().attention().stream().map(it -> dense(normed, name + it)).toList(),
            2); // (N, T, 3 W)
    int width = config.width();
    Tensor seen =
        multiHeadAttention(
            qkv.narrow(2, 0, width),
            qkv.narrow(2, width, width),
            qkv.narrow(2, 2L * width, width),
            config.heads(),
            false);
    Tensor middle = x.add(told[2].mul(dense(seen, name + "attn.proj")));
    Tensor inner = geluTanh(dense(modulated(middle, told[3], told[4]), name + "mlp.fc1"));
    return middle.add(told[5].mul(dense(inner, name + "mlp.fc2")));
  }

  /** (N, T, W) -> (N, T, p p Cout). */
  private Tensor last(Tensor x, Tensor condition) {
    Tensor[] told = shares(dense(condition, "final_layer.adaLN_modulation.1"), 2);
    return dense(modulated(x, told[0], told[1]), "final_layer.linear");
  }

  /** (N, k W) -> k times (N, 1, W). */
  private Tensor[] shares(Tensor all, int count) {
    Tensor[] shares = new Tensor[count];
    Arrays.setAll(
        shares, i -> all.narrow(1, (long) i * config.width(), config.width()).unsqueeze(1));
    return shares;
  }

  private static Tensor modulated(Tensor x, Tensor shift, Tensor scale) {
    Tensor normed = layerNorm(x, null, null, EPSILON);
    return normed.mul(Tensors.plus(scale, 1)).add(shift);
  }

  /** (N, g g, p p C) -> (N, C, g p, g p). */
  private Tensor unpatched(Tensor x) {
    long g = config.grid();
    long p = config.patch();
    return x.reshape(x.size(0), g, g, p, p, config.outChannels())
        .permute(0, 5, 1, 3, 2, 4)
        .reshape(x.size(0), config.outChannels(), g * p, g * p);
  }

  private Tensor dense(Tensor x, String name) {
    return linear(x, weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  @Override
  public void close() {
    weights.close();
  }
}
