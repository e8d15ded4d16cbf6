package org.tiltlens.feature;

import java.util.Optional;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.feature.DictionaryConfig.Activation;
import org.tiltlens.feature.LinearTensors.Matrix;

/**
 * The format of sparsify (EleutherAI): {@code cfg.json} and {@code sae.safetensors} with {@code
 * encoder.weight} (K, C), {@code encoder.bias}, {@code W_dec} (K, C), {@code b_dec}.
 *
 * <pre>
 *   codes = the k largest of relu(encoder(x - b_dec)) at a position;  encoder(x) with transcode
 * </pre>
 *
 * <p>The {@code W_skip} of a skip connection maps the input past the features and is not read.
 *
 * <p>Source: sparsify, {@code sparse_coder.py} and {@code fused_encoder.py}.
 */
final class SparsifyFormat {
  private static final String SETTINGS = "cfg.json";

  /** What a transcoder predicts; its files do not say of which module. */
  private static final String OUTPUT = "its output";

  private SparsifyFormat() {}

  static boolean isIn(DictionarySource source) {
    return source.holds("encoder.weight") && source.holds("W_dec");
  }

  /** Reads headers and settings; takes the source's store over. */
  static DictionaryFormat of(DictionarySource source) {
    JsonSettings json =
        source
            .settings(SETTINGS)
            .orElseThrow(
                () ->
                    new CheckpointException(
                        source.folder().resolve(SETTINGS)
                            + " is missing: a dictionary of sparsify needs it, with k"));
    String activation = json.text("activation", "topk");
    if (!activation.equals("topk")) {
      throw json.wrong(
          "activation", "topk: others choose one feature of each group; retrain with topk");
    }
    json.refuse("signed", "features of either sign are not supported; retrain without");
    json.refuse(
        "gram_lookup", "what is taken from the input depends on the tokens; retrain without");
    DictionaryTensors tensors = new DictionaryTensors(source.store(), "encoder.weight");
    LinearTensors names = LinearTensors.ofLayer(new Matrix("W_dec", true), "b_dec");
    String hook = DictionaryConfig.UNSTATED;
    boolean transcodes = json.flag("transcode", false);
    DictionaryConfig config =
        DictionaryFormat.autoencoder(
            json.source(),
            json.has("d_in") ? json.integer("d_in", null) : names.encoder().channels(tensors),
            Activation.TOPK,
            Optional.of(json.integer("k", null)),
            hook,
            transcodes ? OUTPUT : hook);
    names = transcodes ? names : names.centredBy("b_dec");
    names = json.flag("skip_connection", false) ? names.ignoring("W_skip") : names;
    return new LinearFormat("sparsify", tensors, names, config);
  }
}
