package org.tiltlens.text;

import static org.tiltlens.torch.Layers.layerNorm;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.multiHeadAttention;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * CLIP's text encoder: a causal transformer over the tokens of a prompt.
 *
 * <pre>
 *   x    = tokens[ids] + positions                      (N, L, C)
 *   x    = x + proj(attention(norm1(x))), causal;  x = x + mlp(norm2(x))     each block
 *   last = norm(x);  pooled = last at the end token (N, C);  embeds = pooled projection (N, D)
 * </pre>
 *
 * <p>Radford et al. 2021, <em>Learning Transferable Visual Models From Natural Language
 * Supervision</em>, section 2.4. Reads OpenAI's and OpenCLIP's names, Hugging Face's, and those
 * inside checkpoints of Stable Diffusion 1. Stable Diffusion 2 leaves the last block out: that is
 * not done here.
 *
 * <p>Differentiable with respect to the token embeddings, so that a prompt may be a tensor of
 * vectors that no word has (Lester et al. 2021, <em>The Power of Scale for Parameter-Efficient
 * Prompt Tuning</em>). Immutable once open, so threads may share it.
 */
public final class ClipText implements AutoCloseable {
  private final ClipTextNames.Sizes sizes;
  private final ClipTextSettings settings;
  private final boolean transposed;
  private final Weights weights;
  private final Device device;

  /**
   * What the encoder says of N prompts.
   *
   * @param lastHiddenState (N, L, C), after the last norm: what conditions Stable Diffusion 1
   * @param pooled (N, C): its row at the end token
   * @param textEmbeds (N, D), projected to where images are compared with text; empty if the
   *     checkpoint has no projection
   */
  public record Encoding(Tensor lastHiddenState, Tensor pooled, Optional<Tensor> textEmbeds) {}

  private ClipText(
      ClipTextNames.Sizes sizes,
      ClipTextSettings settings,
      boolean transposed,
      Weights weights,
      Device device) {
    this.sizes = sizes;
    this.settings = settings;
    this.transposed = transposed;
    this.weights = weights;
    this.device = device;
  }

  /**
   * Opens an encoder: a Hugging Face folder, whose {@code config.json} says how it is used (or a
   * folder with a folder {@code text_encoder}, as Stable Diffusion's), a file of OpenAI's, or a
   * checkpoint of Stable Diffusion 1 that holds one.
   *
   * @throws CheckpointException if there is none, or nothing tells how it is used; one line
   */
  public static ClipText open(Path path, Device device) {
    Path folder = folder(path);
    try (TensorStore store = Parts.open(folder)) {
      ClipTextNames names = ClipTextNames.in(store);
      return open(names, settings(folder, names), device);
    }
  }

  /** How an encoder is used, by what lies beside it. */
  private static ClipTextSettings settings(Path folder, ClipTextNames names) {
    Optional<JsonSettings> config = JsonSettings.in(folder, "config.json");
    config.ifPresent(said -> ClipTextSettings.requireLayers(said, names.sizes().depth()));
    return config
        .map(ClipTextSettings::of)
        .or(() -> openAi(names))
        .orElseThrow(
            () ->
                new CheckpointException(
                    names.network().source()
                        + " does not tell its heads and activation: put its config.json beside it,"
                        + " or open it with ClipTextSettings"));
  }

  /**
   * A few words on the encoder that {@link #open(Path, Device)} would open.
   *
   * @throws CheckpointException if it would not; one line
   */
  public static String describe(Path path) {
    try (TensorStore store = Parts.open(folder(path))) {
      ClipTextNames names = ClipTextNames.in(store);
      requireHeads(names, settings(folder(path), names));
      Weights.require(
          names.network(), names.shapes(names.sizes()), names::stored, ClipTextNames.BESIDE);
      return "CLIP text encoder of %d tokens, %d channels"
          .formatted(names.sizes().context(), names.sizes().width());
    }
  }

  /**
   * What an encoder reads.
   *
   * @param context tokens of a whole prompt
   * @param vocabulary number of tokens that it knows
   */
  public record Reads(int context, int vocabulary) {}

  /**
   * What the encoder that {@link #open(Path, Device)} would open reads, by headers alone.
   *
   * @throws CheckpointException if there is none
   */
  public static Reads reads(Path path) {
    try (TensorStore store = Parts.open(folder(path))) {
      ClipTextNames.Sizes sizes = ClipTextNames.in(store).sizes();
      return new Reads(sizes.context(), sizes.vocabulary());
    }
  }

  /** Where a pipeline or a model of its own has it. */
  private static Path folder(Path path) {
    Path inner = path.resolve("text_encoder");
    return Files.isDirectory(inner) ? inner : path;
  }

  private static Optional<ClipTextSettings> openAi(ClipTextNames names) {
    return names.isOpenAi()
        ? Optional.of(ClipTextSettings.openAi(names.sizes().width()))
        : Optional.empty();
  }

  /**
   * Loads an encoder.
   *
   * @param store stays open, and is not needed any more afterwards
   * @throws CheckpointException if it holds none, or several; one line
   */
  public static ClipText open(TensorStore store, ClipTextSettings settings, Device device) {
    return open(ClipTextNames.in(store), settings, device);
  }

  private static void requireHeads(ClipTextNames names, ClipTextSettings settings) {
    int width = names.sizes().width();
    if (width % settings.heads() != 0) {
      throw new CheckpointException(
          "%s: %d heads of attention do not share %d channels"
              .formatted(names.network().source(), settings.heads(), width));
    }
  }

  private static ClipText open(ClipTextNames names, ClipTextSettings settings, Device device) {
    requireHeads(names, settings);
    ClipTextNames.Sizes sizes = names.sizes();
    Weights weights =
        Weights.load(
            names.network(), names.shapes(sizes), names::stored, ClipTextNames.BESIDE, device);
    return new ClipText(sizes, settings, names.huggingFace(), weights, device);
  }

  /** Tokens of a whole prompt, L. */
  public int contextLength() {
    return sizes.context();
  }

  /** Channels of a token, C. */
  public int width() {
    return sizes.width();
  }

  /** Number of tokens that it knows. */
  public int vocabulary() {
    return sizes.vocabulary();
  }

  /** Where it computes. */
  public Device device() {
    return device;
  }

  /**
   * The vectors of tokens, before positions are added.
   *
   * @param prompts each of the same number of ids, at most L
   * @return (N, L, C), a copy without a graph
   * @throws IllegalArgumentException if an id is none of the vocabulary's
   */
  public Tensor tokenEmbeddings(long[]... prompts) {
    int length = prompts.length == 0 ? 0 : prompts[0].length;
    long[] all = Arrays.stream(prompts).flatMapToLong(Arrays::stream).toArray();
    if (length < 1
        || length > sizes.context()
        || Arrays.stream(prompts).anyMatch(prompt -> prompt.length != length)) {
      throw new IllegalArgumentException(
          "prompts of %s tokens, expected as many each, at most %d"
              .formatted(
                  Arrays.stream(prompts).map(prompt -> prompt.length).distinct().toList(),
                  sizes.context()));
    }
    for (long id : all) {
      if (id < 0 || id >= sizes.vocabulary()) {
        throw new IllegalArgumentException(
            "token id %d does not exist: 0..%d".formatted(id, sizes.vocabulary() - 1));
      }
    }
    return Scope.of(
        () ->
            weights
                .get("tokens")
                .index_select(0, device.place(Tensors.longs(all, all.length)))
                .reshape(prompts.length, length, sizes.width()));
  }

  /** Encodes prompts, each ended by the token of the largest id as CLIP's are. */
  public Encoding encode(long[]... prompts) {
    int[] ends = Arrays.stream(prompts).mapToInt(ClipText::end).toArray();
    try (Scope scope = Scope.open()) {
      return kept(scope, encode(tokenEmbeddings(prompts), ends));
    }
  }

  /** The first place of the largest id. */
  private static int end(long... ids) {
    int end = 0;
    for (int i = 1; i < ids.length; i++) {
      if (ids[i] > ids[end]) {
        end = i;
      }
    }
    return end;
  }

  /**
   * Encodes prompts given as vectors; differentiable with respect to them.
   *
   * @param tokenEmbeddings (N, L, C), before positions are added
   * @param ends the place of each prompt's end token, below L
   */
  public Encoding encode(Tensor tokenEmbeddings, int... ends) {
    require(tokenEmbeddings, ends);
    try (Scope scope = Scope.open()) {
      Tensor x = device.place(tokenEmbeddings);
      x = x.add(weights.get("positions").narrow(0, 0, x.size(1)));
      for (int block = 0; block < sizes.depth(); block++) {
        String name = "blocks." + block + ".";
        Tensor before = x;
        x = Scope.of(() -> block(before, name));
      }
      Tensor last = norm(x, "norm"); // (N, L, C)
      List<Tensor> rows = new ArrayList<>();
      for (int i = 0; i < ends.length; i++) {
        rows.add(last.select(0, i).select(0, ends[i]));
      }
      Tensor pooled = Tensors.stack(rows); // (N, C)
      return kept(scope, new Encoding(last, pooled, projected(pooled)));
    }
  }

  private void require(Tensor x, int... ends) {
    boolean fits =
        x.dim() == 3
            && x.size(0) == ends.length
            && x.size(1) >= 1
            && x.size(1) <= sizes.context()
            && x.size(2) == sizes.width();
    if (!fits || Arrays.stream(ends).anyMatch(end -> end < 0 || end >= x.size(1))) {
      throw new IllegalArgumentException(
          "token embeddings of %s with ends %s, expected %dxLx%d with L up to %d and ends below L"
              .formatted(
                  Tensors.describe(x),
                  Arrays.toString(ends),
                  ends.length,
                  sizes.width(),
                  sizes.context()));
    }
  }

  private static Encoding kept(Scope scope, Encoding of) {
    return new Encoding(
        scope.keep(of.lastHiddenState()),
        scope.keep(of.pooled()),
        of.textEmbeds().map(scope::keep));
  }

  /** (N, L, C) -> (N, L, C). */
  private Tensor block(Tensor x, String name) {
    List<Tensor> qkv = queriesKeysValues(norm(x, name + "norm1"), name + "attn.");
    Tensor seen = multiHeadAttention(qkv.get(0), qkv.get(1), qkv.get(2), settings.heads(), true);
    Tensor middle = x.add(dense(seen, name + "attn.proj"));
    Tensor inner = dense(norm(middle, name + "norm2"), name + "mlp.fc1"); // (N, L, hidden)
    return middle.add(dense(settings.activation().apply(inner), name + "mlp.fc2"));
  }

  /** Three times (N, L, C). */
  private List<Tensor> queriesKeysValues(Tensor x, String attention) {
    if (weights.find(attention + "qkv.weight").isEmpty()) {
      return List.of(
          dense(x, attention + "q_proj"),
          dense(x, attention + "k_proj"),
          dense(x, attention + "v_proj"));
    }
    Tensor all = dense(x, attention + "qkv");
    int width = sizes.width();
    return List.of(
        all.narrow(2, 0, width), all.narrow(2, width, width), all.narrow(2, 2L * width, width));
  }

  private Optional<Tensor> projected(Tensor pooled) {
    return weights
        .find("projection")
        .map(matrix -> linear(pooled, transposed ? matrix : matrix.t(), null));
  }

  private Tensor dense(Tensor x, String name) {
    return linear(x, weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  private Tensor norm(Tensor x, String name) {
    return layerNorm(
        x, weights.get(name + ".weight"), weights.get(name + ".bias"), settings.epsilon());
  }

  @Override
  public void close() {
    weights.close();
  }
}
