package org.tiltlens.training;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.feature.DictionaryConfig;
import org.tiltlens.torch.Device;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/** Writes a trained dictionary in the format of Language-Model-SAEs, norms beside the weights. */
final class DictionaryFolder {
  private static final String FILE = "sae_weights.safetensors";
  private static final String NORM = "dataset_average_activation_norm.";

  private DictionaryFolder() {}

  /**
   * Writes {@code config.json} and {@link #FILE}; the weights in the run's type, the norms in F64,
   * how the images became squares as metadata.
   */
  static void write(
      TrainingRun run,
      DictionarySettings settings,
      LabelledImages images,
      Map<String, Tensor> weights,
      double normIn,
      double normOut)
      throws IOException {
    DictionaryConfig config = settings.config();
    boolean filters = config.type() == DictionaryConfig.Type.CNNSAE;
    try (Scope scope = Scope.open()) {
      Tensor encoder = weights.get("encoder");
      Map<String, Tensor> stored = new LinkedHashMap<>();
      // An autoencoder's features are columns: (K, C, 1, 1) -> (C, K)
      stored.put(filters ? "W_conv" : "W_E", filters ? encoder : encoder.flatten(1, 3).t());
      stored.put(filters ? "b_conv" : "b_E", weights.get("encoder_bias"));
      stored.put("W_D", weights.get("decoder"));
      stored.put("b_D", weights.get("decoder_bias"));
      stored.replaceAll((name, tensor) -> Device.CPU.place(tensor).contiguous());
      stored.put(NORM + config.hookPointIn(), Tensors.doubles(new double[] {normIn}, 1));
      stored.put(NORM + config.hookPointOut(), Tensors.doubles(new double[] {normOut}, 1));
      run.stored().write(run.folder().resolve(FILE), stored, images.metadata());
    }
    Files.writeString(
        run.folder().resolve("config.json"), json(config, settings.expansionFactor()));
  }

  private static String json(DictionaryConfig config, int expansionFactor) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("sae_type", lower(config.type()));
    json.put("d_model", config.channels());
    json.put("expansion_factor", expansionFactor);
    json.put("act_fn", lower(config.activation()));
    json.put("top_k", config.topK());
    json.put("hook_point_in", config.hookPointIn());
    json.put("hook_point_out", config.hookPointOut());
    json.put("norm_activation", config.datasetNorms() ? "dataset-wise" : "none");
    json.put("sparsity_include_decoder_norm", config.decoderNormGates());
    json.put("use_decoder_bias", config.decoderBias());
    json.put("kernel_size", config.kernelSize());
    json.put("padding", config.padding());
    return json.toPrettyString() + "\n";
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT);
  }
}
