package org.tiltlens.bert;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.TensorStore;

/**
 * How a checkpoint names the tensors of a masked BERT, and which shapes they have: Hugging Face's
 * names, layer norms by {@code weight} and {@code bias} or, as at first, {@code gamma} and {@code
 * beta}.
 */
final class BertNames {
  /** What such files hold beside: other heads, the tied decoder, buffers. */
  static final List<String> BESIDE =
      List.of(
          "bert\\.pooler\\..*|cls\\.seq_relationship\\..*",
          "cls\\.predictions\\.decoder\\.(weight|bias)",
          "bert\\.embeddings\\.(position_ids|token_type_ids)");

  /** Where a checkpoint may keep the decoder's own weight, which is else the tokens' vectors. */
  static final String DECODER = "cls.predictions.decoder.weight";

  private static final String WORDS = "bert.embeddings.word_embeddings.weight";
  private static final String NORM = "LayerNorm.weight";

  private BertNames() {}

  /**
   * Refuses what is no masked BERT.
   *
   * @throws CheckpointException one line
   */
  static void require(TensorStore store) {
    for (String name : List.of(WORDS, "cls.predictions.bias")) {
      if (!store.entries().containsKey(name)) {
        throw new CheckpointException(
            "%s holds no masked language model of BERT: expected a tensor '%s' (BertForMaskedLM of Hugging Face)"
                .formatted(store.source(), name));
      }
    }
  }

  /** The checkpoint's name of a tensor. */
  static String stored(TensorStore store, String name) {
    if (store.entries().containsKey(name) || !name.contains("LayerNorm.")) {
      return name;
    }
    String old = name.replace(NORM, "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta");
    return store.entries().containsKey(old) ? old : name;
  }

  /** Name -> shape of every tensor that the network reads. */
  static Map<String, List<Long>> shapes(BertConfig config) {
    long width = config.width();
    Map<String, List<Long>> shapes = new LinkedHashMap<>();
    shapes.put(WORDS, List.of((long) config.vocabulary(), width));
    shapes.put(
        "bert.embeddings.position_embeddings.weight", List.of((long) config.positions(), width));
    shapes.put(
        "bert.embeddings.token_type_embeddings.weight", List.of((long) config.types(), width));
    norm(shapes, "bert.embeddings.LayerNorm", width);
    for (int i = 0; i < config.depth(); i++) {
      String block = "bert.encoder.layer." + i + ".";
      for (String part : List.of("self.query", "self.key", "self.value", "output.dense")) {
        dense(shapes, block + "attention." + part, width, width);
      }
      norm(shapes, block + "attention.output.LayerNorm", width);
      dense(shapes, block + "intermediate.dense", width, config.hidden());
      dense(shapes, block + "output.dense", config.hidden(), width);
      norm(shapes, block + "output.LayerNorm", width);
    }
    dense(shapes, "cls.predictions.transform.dense", width, width);
    norm(shapes, "cls.predictions.transform.LayerNorm", width);
    shapes.put("cls.predictions.bias", List.of((long) config.vocabulary()));
    return shapes;
  }

  private static void dense(Map<String, List<Long>> shapes, String name, long in, long out) {
    shapes.put(name + ".weight", List.of(out, in));
    shapes.put(name + ".bias", List.of(out));
  }

  private static void norm(Map<String, List<Long>> shapes, String name, long width) {
    shapes.put(name + ".weight", List.of(width));
    shapes.put(name + ".bias", List.of(width));
  }
}
