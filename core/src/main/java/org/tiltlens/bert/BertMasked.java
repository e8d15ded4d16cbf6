package org.tiltlens.bert;

import static org.tiltlens.torch.Layers.layerNorm;
import static org.tiltlens.torch.Layers.linear;
import static org.tiltlens.torch.Layers.multiHeadAttention;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.checkpoint.Parts;
import org.tiltlens.checkpoint.TensorStore;
import org.tiltlens.checkpoint.Weights;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Layers;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * BERT as a masked language model: which token stands at each place of a text.
 *
 * <pre>
 *   x      = norm(vectors + positions + type 0)                                (N, L, C)
 *   x      = norm(x + proj(attention(x)));  x = norm(x + mlp(x))               each block
 *   logits = norm(gelu(dense(x))) tokens^T + bias                              (N, L, V)
 * </pre>
 *
 * <p>Devlin et al. 2019, <em>BERT: Pre-training of Deep Bidirectional Transformers for Language
 * Understanding</em>; computes what {@code BertForMaskedLM} of transformers computes without
 * padding and dropout, in float32, and reads its names.
 *
 * <p>Differentiable with respect to the vectors, so that a prompt may hold some that no word has.
 * Immutable once open, so threads may share it.
 */
public final class BertMasked implements AutoCloseable {
  private static final String EMBEDDINGS = "bert.embeddings.";
  private static final String HEAD = "cls.predictions.";

  private final BertConfig config;
  private final Weights weights;
  private final Device device;

  private BertMasked(BertConfig config, Weights weights, Device device) {
    this.config = config;
    this.weights = weights;
    this.device = device;
  }

  /**
   * Opens one of a Hugging Face folder, {@code config.json} beside its weights.
   *
   * @throws CheckpointException if its settings are not read, or its weights do not fit; one line
   */
  public static BertMasked open(Path folder, Device device) {
    JsonSettings config =
        JsonSettings.in(folder, "config.json")
            .orElseThrow(
                () ->
                    new CheckpointException(
                        "'%s' has no config.json: expected the folder of a BertForMaskedLM, such as bert-base-uncased"
                            .formatted(folder)));
    try (TensorStore store = Parts.open(folder)) {
      return open(store, BertConfig.of(config), device);
    }
  }

  static BertMasked open(TensorStore store, BertConfig config, Device device) {
    BertNames.require(store);
    Map<String, List<Long>> shapes = BertNames.shapes(config);
    requireTied(store);
    Weights weights =
        Weights.load(
            store,
            shapes,
            name -> BertNames.stored(store, name),
            BertNames.BESIDE,
            device.inFull());
    return new BertMasked(config, weights, device.inFull());
  }

  /** A decoder of its own would be another network. */
  private static void requireTied(TensorStore store) {
    if (!store.entries().containsKey(BertNames.DECODER)) {
      return;
    }
    try (Scope scope = Scope.open()) {
      Tensor own = store.load(BertNames.DECODER);
      Tensor tokens = store.load(EMBEDDINGS + "word_embeddings.weight");
      if (!own.equal(tokens)) {
        throw new CheckpointException(
            "%s: '%s' is not the matrix of the tokens' vectors: expected tied ones, as BERT has them"
                .formatted(store.source(), BertNames.DECODER));
      }
    }
  }

  /** What it is, in a few words. */
  public String describe() {
    return "BERT of %d blocks, %d channels, %d tokens"
        .formatted(config.depth(), config.width(), config.vocabulary());
  }

  /** Number of tokens that it knows, V. */
  public int vocabulary() {
    return config.vocabulary();
  }

  /** Channels of a token, C. */
  public int width() {
    return config.width();
  }

  /** Tokens of the longest text. */
  public int positions() {
    return config.positions();
  }

  /** Where it computes. */
  public Device device() {
    return device;
  }

  /**
   * The vectors of tokens, before positions are added.
   *
   * @return (1, L, C), a copy without a graph
   * @throws IllegalArgumentException if an id is none of the vocabulary's
   */
  public Tensor tokenEmbeddings(long... ids) {
    for (long id : ids) {
      if (id < 0 || id >= config.vocabulary()) {
        throw new IllegalArgumentException(
            "token id %d does not exist: 0..%d".formatted(id, config.vocabulary() - 1));
      }
    }
    return Scope.of(
        () ->
            weights
                .get(EMBEDDINGS + "word_embeddings.weight")
                .index_select(0, device.place(Tensors.longs(ids, ids.length)))
                .unsqueeze(0));
  }

  /**
   * What the first block sees of vectors: positions and type added, then the norm; differentiable.
   *
   * @param vectors (N, L, C)
   */
  public Tensor embedded(Tensor vectors) {
    if (vectors.dim() != 3
        || vectors.size(2) != config.width()
        || vectors.size(1) < 1
        || vectors.size(1) > config.positions()) {
      throw new IllegalArgumentException(
          "vectors of %s, expected NxLx%d with L up to %d"
              .formatted(Tensors.describe(vectors), config.width(), config.positions()));
    }
    return Scope.of(
        () -> {
          Tensor positions =
              weights.get(EMBEDDINGS + "position_embeddings.weight").narrow(0, 0, vectors.size(1));
          Tensor type = weights.get(EMBEDDINGS + "token_type_embeddings.weight").select(0, 0);
          Tensor sum = device.place(vectors).add(type).add(positions);
          return norm(sum, EMBEDDINGS + "LayerNorm");
        });
  }

  /**
   * How likely each token is at each place; differentiable.
   *
   * @param vectors (N, L, C), before positions are added
   * @return (N, L, V)
   */
  public Tensor logits(Tensor vectors) {
    return Scope.of(
        () -> {
          Tensor x = embedded(vectors);
          for (int block = 0; block < config.depth(); block++) {
            Tensor before = x;
            String name = "bert.encoder.layer." + block + ".";
            x = Scope.of(() -> block(before, name));
          }
          Tensor inner = config.activation().apply(dense(x, HEAD + "transform.dense"));
          return linear(
              norm(inner, HEAD + "transform.LayerNorm"),
              weights.get(EMBEDDINGS + "word_embeddings.weight"),
              weights.get(HEAD + "bias"));
        });
  }

  /**
   * How unlikely tokens are in nats, the mean over all places: the loss of a masked language model.
   *
   * @param logits (1, L, V)
   * @param ids L tokens
   * @return a number
   */
  public Tensor loss(Tensor logits, long... ids) {
    return Scope.of(
        () ->
            Layers.crossEntropy(
                logits.select(0, 0), device.place(Tensors.longs(ids, ids.length)), 0));
  }

  /** (N, L, C) -> (N, L, C). */
  private Tensor block(Tensor x, String name) {
    String attention = name + "attention.";
    Tensor seen =
        multiHeadAttention(
            dense(x, attention + "self.query"),
            dense(x, attention + "self.key"),
            dense(x, attention + "self.value"),
            config.heads(),
            false);
    Tensor middle =
        norm(x.add(dense(seen, attention + "output.dense")), attention + "output.LayerNorm");
    Tensor inner = config.activation().apply(dense(middle, name + "intermediate.dense"));
    return norm(middle.add(dense(inner, name + "output.dense")), name + "output.LayerNorm");
  }

  private Tensor dense(Tensor x, String name) {
    return linear(x, weights.get(name + ".weight"), weights.get(name + ".bias"));
  }

  private Tensor norm(Tensor x, String name) {
    return layerNorm(
        x, weights.get(name + ".weight"), weights.get(name + ".bias"), config.epsilon());
  }

  @Override
  public void close() {
    weights.close();
  }
}
