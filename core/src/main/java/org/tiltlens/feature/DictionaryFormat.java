package org.tiltlens.feature;

import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.feature.DictionaryConfig.Activation;

/**
 * One library's dictionary files: what their settings mean, and how their tensors become those of a
 * {@link DictionaryNetwork}.
 */
sealed interface DictionaryFormat extends AutoCloseable
    permits LanguageModelSaesFormat, SaeLensFormat, OvercompleteFormat, LinearFormat {

  /**
   * What its settings and the headers of its tensors say.
   *
   * @param kind of dictionary, in a word
   * @param config what it computes once its tensors are loaded
   * @param features how many it has
   * @param tensors the format's own
   */
  record Header(String kind, DictionaryConfig config, long features, DictionaryTensors tensors) {}

  Header header();

  /** Whether it reads {@link Standardised} activations. */
  default boolean isStandardised() {
    return false;
  }

  /**
   * The weights of features {@code from .. from + count - 1} as {@link DictionaryNetwork} names
   * them: float32, on the CPU, in the caller's scope. Reads no other rows where the file is laid
   * out by rows.
   */
  Map<String, Tensor> load(long from, long count);

  /** The path, for messages. */
  default String source() {
    return header().tensors().source();
  }

  @Override
  default void close() {
    header().tensors().close();
  }

  /**
   * The format that fits; empty if none does.
   *
   * @param source taken over by the format; the caller's to close if there is none
   * @throws CheckpointException if it is known but asks for what is not supported
   */
  static Optional<DictionaryFormat> find(DictionarySource source) {
    if (LanguageModelSaesFormat.isIn(source)) {
      return Optional.of(
          new LanguageModelSaesFormat(source.store(), DictionaryConfig.read(source.folder())));
    }
    if (SparsifyFormat.isIn(source)) {
      return Optional.of(SparsifyFormat.of(source));
    }
    if (PrismaFormat.isIn(source)) {
      return Optional.of(PrismaFormat.of(source));
    }
    if (DictionaryLearningFormat.isIn(source)) {
      return Optional.of(DictionaryLearningFormat.of(source));
    }
    if (GemmaScopeFormat.isIn(source)) {
      return Optional.of(GemmaScopeFormat.of(source));
    }
    if (SaeLensFormat.isIn(source)) {
      return Optional.of(new SaeLensFormat(source));
    }
    if (OvercompleteFormat.isIn(source)) {
      return Optional.of(new OvercompleteFormat(source));
    }
    return Optional.empty();
  }

  /**
   * The format that fits.
   *
   * @throws CheckpointException if none does; the message lists them
   */
  static DictionaryFormat of(DictionarySource source) {
    return find(source)
        .orElseThrow(
            () ->
                new CheckpointException(
                    source.store().source()
                        + ": is no sparse dictionary of a known format: neither Language-Model-SAEs"
                        + " (W_D, config.json with sae_type) nor SAELens (W_enc, cfg.json) nor"
                        + " overcomplete (dictionary._weights, encoder.final_block.0.weight) nor"
                        + " ViT-Prisma (W_enc, config.json with layer_subtype) nor"
                        + " dictionary_learning (config.json with dict_class) nor sparsify"
                        + " (encoder.weight, W_dec, cfg.json) nor Gemma Scope (W_enc in an .npz);"
                        + " it holds "
                        + DictionaryTensors.names(source.store())));
  }

  /**
   * An autoencoder that reads one position at a time, with a bias after decoding.
   *
   * @param source of what is said, for messages
   * @param topK how many features stay active, where that matters
   */
  static DictionaryConfig autoencoder(
      String source,
      long channels,
      Activation activation,
      Optional<Integer> topK,
      String hookPointIn,
      String hookPointOut) {
    try {
      return DictionaryConfig.autoencoder(
          Math.toIntExact(channels),
          activation,
          topK.orElse(1),
          OptionalDouble.empty(),
          hookPointIn,
          hookPointOut,
          true);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(source + ": " + e.getMessage(), e);
    }
  }

  /** Rows of a matrix as 1 x 1 filters: (n, C) -> (n, C, 1, 1). */
  static Tensor filters(Tensor rows) {
    return rows.reshape(rows.size(0), rows.size(1), 1, 1);
  }
}
