package org.tiltlens.feature;

import java.util.List;
import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.feature.DictionaryConfig.Activation;
import org.tiltlens.feature.LinearTensors.Matrix;

/**
 * The format of dictionary_learning (Marks et al.): {@code config.json}, whose {@code dict_class}
 * says what the tensors of {@code ae.pt} are.
 *
 * <pre>
 *   AutoEncoder             relu(encoder(x - bias))
 *   AutoEncoderNew          relu(encoder(x))
 *   AutoEncoderTopK         the k largest of relu(encoder(x - b_dec)) at a position
 *   BatchTopKSAE            relu(encoder(x - b_dec)) where it is above threshold
 *   MatryoshkaBatchTopKSAE  the same, with W_enc and b_enc
 *   JumpReluAutoEncoder     relu(x W_enc + b_enc) where it is above threshold
 * </pre>
 *
 * <p>Codes are those of the classes on the tensors as stored; {@code from_pretrained} may multiply
 * those of an AutoEncoder by the norms of their decoder's columns, which training keeps at 1 but
 * for the April update.
 *
 * <p>Source: dictionary_learning, {@code dictionary.py}, {@code trainers/top_k.py}, {@code
 * trainers/batch_top_k.py}, {@code trainers/matryoshka_batch_top_k.py}.
 */
final class DictionaryLearningFormat {
  private static final String SETTINGS = "config.json";
  private static final String CLASS = "dict_class";
  private static final List<String> DECODER_BIASES =
      List.of("bias", "b_dec", "decoder_bias", "decoder.bias");

  private DictionaryLearningFormat() {}

  static boolean isIn(DictionarySource source) {
    return source.settings(SETTINGS).filter(json -> trainer(json).has(CLASS)).isPresent()
        || (source.holds("encoder.weight")
            && source.holds("encoder.bias")
            && source.holds("decoder.weight")
            && DECODER_BIASES.stream().anyMatch(source::holds));
  }

  private static JsonSettings trainer(JsonSettings json) {
    JsonSettings trainer = json.inside("trainer");
    return trainer.has(CLASS) ? trainer : json;
  }

  /** Reads headers and settings; takes the source's store over. */
  static DictionaryFormat of(DictionarySource source) {
    JsonSettings json =
        source
            .settings(SETTINGS)
            .map(DictionaryLearningFormat::trainer)
            .filter(settings -> settings.has(CLASS))
            .orElseThrow(
                () ->
                    new CheckpointException(
                        source.folder().resolve(SETTINGS)
                            + " does not say what the autoencoder is: write"
                            + " {\"dict_class\": \"AutoEncoder\"}, or another class of"
                            + " dictionary_learning"));
    String name = json.text(CLASS, null);
    Matrix decoder = new Matrix("decoder.weight", false);
    LinearTensors linear = LinearTensors.ofLayer(decoder, "b_dec");
    LinearTensors names =
        switch (name) {
          case "AutoEncoder" -> LinearTensors.ofLayer(decoder, "bias").centredBy("bias");
          case "AutoEncoderNew" -> LinearTensors.ofLayer(decoder, "decoder.bias");
          case "AutoEncoderTopK" -> linear.centredBy("b_dec").ignoring("k", "threshold");
          case "BatchTopKSAE" -> linear.centredBy("b_dec").ignoring("k");
          case "MatryoshkaBatchTopKSAE" ->
              LinearTensors.ofMatrices().centredBy("b_dec").ignoring("k", "group_sizes");
          case "JumpReluAutoEncoder" -> LinearTensors.ofMatrices();
          default -> throw unknown(json);
        };
    DictionaryTensors tensors = new DictionaryTensors(source.store(), names.encoder().name());
    Activation activation = activation(name, tensors);
    if (activation == Activation.JUMPRELU) {
      names = names.above("threshold");
    }
    DictionaryConfig config =
        DictionaryFormat.autoencoder(
            json.source(),
            json.has("activation_dim")
                ? json.integer("activation_dim", null)
                : names.encoder().channels(tensors),
            activation,
            activation.competes() ? Optional.of(k(json, tensors)) : Optional.empty(),
            DictionaryConfig.UNSTATED,
            DictionaryConfig.UNSTATED);
    return new LinearFormat("dictionary_learning", tensors, names, config);
  }

  private static CheckpointException unknown(JsonSettings json) {
    String expected =
        "AutoEncoder, AutoEncoderNew, AutoEncoderTopK, BatchTopKSAE, MatryoshkaBatchTopKSAE or"
            + " JumpReluAutoEncoder";
    return json.wrong(
        CLASS,
        json.text(CLASS, null).startsWith("Gated")
            ? expected
                + ": a gated encoder has two pre-activations per feature, not one; retrain as one"
                + " of these"
            : expected + ": only an encoder of one linear layer can be read");
  }

  private static Activation activation(String name, DictionaryTensors tensors) {
    return switch (name) {
      case "AutoEncoder", "AutoEncoderNew" -> Activation.RELU;
      case "AutoEncoderTopK" -> Activation.TOPK;
      case "JumpReluAutoEncoder" -> Activation.JUMPRELU;
      // Before there was a threshold, evaluation shared a budget as training does.
      default -> tensors.has("threshold") ? Activation.JUMPRELU : Activation.BATCHTOPK;
    };
  }

  /** The library keeps k beside the weights since 2025. */
  private static int k(JsonSettings json, DictionaryTensors tensors) {
    if (!tensors.has("k")) {
      return json.integer("k", null);
    }
    double stored = tensors.positive("k");
    if (stored != Math.rint(stored) || stored > Integer.MAX_VALUE) {
      throw tensors.wrong("k is " + stored + ", expected a whole number");
    }
    return (int) stored;
  }
}
