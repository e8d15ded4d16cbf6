package org.tiltlens.bert;

import java.util.List;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.torch.Activation;

/**
 * What a BERT's {@code config.json} says of its network.
 *
 * @param vocabulary tokens that it knows
 * @param width channels of a token
 * @param depth blocks
 * @param heads of attention, which share the width
 * @param hidden channels inside the blocks' MLPs
 * @param positions tokens of the longest text
 * @param types kinds of tokens; all of a text are of the first
 * @param activation of the MLPs and of the head
 * @param epsilon of the layer norms
 */
record BertConfig(
    int vocabulary,
    int width,
    int depth,
    int heads,
    int hidden,
    int positions,
    int types,
    Activation activation,
    double epsilon) {
  private static final int MOST_TOKENS = 1 << 20;
  private static final int MOST_CHANNELS = 1 << 16;
  private static final int MOST_BLOCKS = 256;

  /**
   * Reads it; what it leaves out is as in transformers.
   *
   * @throws CheckpointException if it is of another kind or a value is out of bounds; one line
   */
  static BertConfig of(JsonSettings config) {
    config.word("model_type", "bert", List.of("bert"));
    config.word("position_embedding_type", "absolute", List.of("absolute"));
    config.refuse("is_decoder", "a masked language model sees what comes after, too");
    int width = config.integer("hidden_size", 768, 1, MOST_CHANNELS);
    int heads = config.integer("num_attention_heads", 12, 1, width);
    if (width % heads != 0) {
      throw config.wrong("num_attention_heads", "a divisor of hidden_size %d".formatted(width));
    }
    double epsilon = config.has("layer_norm_eps") ? config.number("layer_norm_eps") : 1e-12;
    if (!(epsilon >= 0 && epsilon < 1)) {
      throw config.wrong("layer_norm_eps", "a number from 0 to below 1");
    }
    return new BertConfig(
        config.integer("vocab_size", 30522, 1, MOST_TOKENS),
        width,
        config.integer("num_hidden_layers", 12, 1, MOST_BLOCKS),
        heads,
        config.integer("intermediate_size", 3072, 1, MOST_CHANNELS),
        config.integer("max_position_embeddings", 512, 1, MOST_TOKENS),
        config.integer("type_vocab_size", 2, 1, MOST_CHANNELS),
        activation(config),
        epsilon);
  }

  private static Activation activation(JsonSettings config) {
    try {
      return Activation.of(config.text("hidden_act", "gelu"));
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(config.source() + ": " + e.getMessage(), e);
    }
  }
}
