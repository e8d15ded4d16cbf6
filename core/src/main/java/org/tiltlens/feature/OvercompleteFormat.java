package org.tiltlens.feature;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.feature.DictionaryConfig.Activation;
import org.tiltlens.torch.Tensors;

/**
 * The format of overcomplete (Fel et al.): a {@code state_dict()} with one linear layer, {@code
 * encoder.final_block.0.weight} (K, C), a batch norm or nothing after it, and {@code
 * dictionary._weights} (K, C).
 *
 * <pre>
 *   pre   = gamma (W x + b - mean) / sqrt(var + 1e-5) + beta      with a batch norm, in evaluation
 *   codes = relu(pre) where active: all (relu), the k largest (topk), pre &gt;= exp(thresholds)
 *           (jumprelu), pre &gt;= running_threshold (batchtopk, in evaluation)
 *   yhat  = codes D                                               rows of D normalised
 * </pre>
 *
 * <p>A state dict does not say how it is used, so {@code config.json} beside it does: {@code
 * architecture} (relu, topk, batchtopk or jumprelu; not needed where there are {@code thresholds}),
 * {@code top_k}, {@code running_threshold}, {@code dictionary_normalization} (l2, the library's
 * default, l1 or identity) and {@code hook_point_in}.
 */
final class OvercompleteFormat implements DictionaryFormat {
  private static final String SETTINGS = "config.json";
  private static final String LINEAR = "encoder.final_block.0.";
  private static final String NORM = "encoder.final_block.1.";
  private static final String DICTIONARY = "dictionary._weights";
  private static final String THRESHOLDS = "thresholds";
  private static final String RUNNING_THRESHOLD = "running_threshold";
  private static final double BATCH_NORM_EPSILON = 1e-5;
  private static final double NORMALISATION_EPSILON = 1e-8;
  private static final Set<String> KNOWN =
      Set.of(
          LINEAR + "weight",
          LINEAR + "bias",
          NORM + "weight",
          NORM + "bias",
          NORM + "running_mean",
          NORM + "running_var",
          NORM + "num_batches_tracked",
          DICTIONARY,
          THRESHOLDS,
          RUNNING_THRESHOLD);

  /** What is done to the rows of the dictionary before they are used. */
  private enum Normalization {
    L2,
    L1,
    IDENTITY
  }

  private final DictionaryTensors tensors;
  private final DictionaryConfig config;
  private final Normalization normalization;
  private final long features;

  /** Reads headers and settings; takes the source's store over. */
  OvercompleteFormat(DictionarySource source) {
    requireLinear(source);
    tensors = new DictionaryTensors(source.store(), LINEAR + "weight");
    requireShapes();
    features = tensors.shape(DICTIONARY).get(0);
    JsonSettings json = settings(source);
    normalization = json.oneOf("dictionary_normalization", Normalization.class, "l2");
    config = config(json);
  }

  static boolean isIn(DictionarySource source) {
    return source.holds(DICTIONARY) || source.holds(LINEAR + "weight");
  }

  /** Other encoders have other tensors; each is named with what stands against it. */
  private static void requireLinear(DictionarySource source) {
    for (String name : source.store().entries().keySet()) {
      String why =
          name.contains("encoder.mlp_blocks.")
              ? "an encoder of several layers is no filter"
              : name.contains("encoder.attention_blocks.")
                  ? "an encoder with attention is no filter"
                  : name.contains("encoder.resnet_blocks.")
                      ? "a residual encoder is no filter"
                      : name.endsWith("dictionary.Relax")
                          ? "an archetypal dictionary is made of points: write model.eval(),"
                              + " model.get_dictionary() as dictionary._weights in its place and"
                              + " \"dictionary_normalization\": \"identity\" in config.json"
                          : null;
      if (why != null) {
        throw new CheckpointException(source.store().source() + ": holds " + name + ": " + why);
      }
    }
  }

  private void requireShapes() {
    long count = tensors.size(LINEAR + "weight", 0, "[features, channels]");
    long channels = tensors.size(LINEAR + "weight", 1, "[features, channels]");
    tensors.requireShape(DICTIONARY, count, channels);
    tensors.requireOnly(KNOWN);
    if (tensors.has(NORM + "weight") && !tensors.has(NORM + "running_mean")) {
      throw tensors.wrong(
          "holds "
              + NORM
              + "weight without running_mean: a layer norm over all features, with which a"
              + " feature's pre-activation depends on the others");
    }
    for (String part : List.of("weight", "bias", "running_mean", "running_var")) {
      if (tensors.has(NORM + part) || (hasBatchNorm() && part.equals("running_var"))) {
        tensors.requireShape(NORM + part, count);
      }
    }
    if (tensors.has(LINEAR + "bias")) {
      tensors.requireShape(LINEAR + "bias", count);
    }
  }

  private boolean hasBatchNorm() {
    return tensors.has(NORM + "running_mean");
  }

  private JsonSettings settings(DictionarySource source) {
    return source
        .settings(SETTINGS)
        .orElseThrow(
            () ->
                new CheckpointException(
                    source.folder().resolve(SETTINGS)
                        + " is missing: a state_dict() of overcomplete does not say which features"
                        + " stay active; write {\"architecture\": \"topk\", \"top_k\": 32,"
                        + " \"hook_point_in\": \"blocks.11.hook_resid_post\"}, the architecture"
                        + " being relu, topk, batchtopk or jumprelu"));
  }

  private DictionaryConfig config(JsonSettings json) {
    String only = tensors.has(THRESHOLDS) ? "jumprelu" : null;
    Activation stated = json.oneOf("architecture", Activation.class, only);
    if (stated == Activation.JUMPRELU) {
      tensors.requireShape(THRESHOLDS, features);
    } else if (tensors.has(THRESHOLDS)) {
      throw json.wrong("architecture", "jumprelu: the file holds thresholds");
    }
    boolean running = stated == Activation.BATCHTOPK;
    String in = json.text("hook_point_in", DictionaryConfig.UNSTATED);
    try {
      return DictionaryConfig.autoencoder(
          Math.toIntExact(tensors.shape(DICTIONARY).get(1)),
          // In evaluation batch-top-k is a threshold, the same for all features.
          running ? Activation.JUMPRELU : stated,
          stated == Activation.TOPK ? json.integer("top_k", null) : 1,
          running ? runningThreshold(json) : OptionalDouble.empty(),
          in,
          in,
          false);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(json.source() + ": " + e.getMessage(), e);
    }
  }

  private OptionalDouble runningThreshold(JsonSettings json) {
    if (tensors.has(RUNNING_THRESHOLD)) {
      tensors.requirePerFeature(RUNNING_THRESHOLD, features);
      return OptionalDouble.empty();
    }
    if (!json.has(RUNNING_THRESHOLD)) {
      throw json.wrong(
          RUNNING_THRESHOLD,
          "a number: batchtopk keeps what reaches it, and state_dict() leaves it out; write"
              + " model.running_threshold.item() there");
    }
    return OptionalDouble.of(json.number(RUNNING_THRESHOLD));
  }

  @Override
  public Header header() {
    return new Header("overcomplete", config, features, tensors);
  }

  @Override
  public Map<String, Tensor> load(long from, long count) {
    Tensor encoder = tensors.rows(LINEAR + "weight", from, count); // (n, C)
    Tensor bias =
        tensors.has(LINEAR + "bias")
            ? tensors.rows(LINEAR + "bias", from, count)
            : Tensors.zeros(count);
    if (hasBatchNorm()) {
      Tensor variance = tensors.rows(NORM + "running_var", from, count);
      Tensor gain = Tensors.plus(variance, BATCH_NORM_EPSILON).rsqrt();
      if (tensors.has(NORM + "weight")) {
        gain = gain.mul(tensors.rows(NORM + "weight", from, count));
      }
      encoder = encoder.mul(gain.unsqueeze(1));
      bias = bias.sub(tensors.rows(NORM + "running_mean", from, count)).mul(gain);
      if (tensors.has(NORM + "bias")) {
        bias = bias.add(tensors.rows(NORM + "bias", from, count));
      }
    }
    Map<String, Tensor> loaded = new HashMap<>();
    loaded.put("encoder", DictionaryFormat.filters(encoder));
    loaded.put("encoder_bias", bias);
    loaded.put("decoder", normalised(tensors.rows(DICTIONARY, from, count)));
    if (config.activation() == Activation.JUMPRELU) {
      loaded.put("threshold", thresholds(from, count).reshape(-1, 1, 1));
    }
    return loaded;
  }

  private Tensor normalised(Tensor rows) {
    Tensor norms =
        switch (normalization) {
          case L2 -> Tensors.sum(rows.square(), 1).sqrt();
          case L1 -> Tensors.sum(rows.abs(), 1);
          case IDENTITY -> null;
        };
    return norms == null ? rows : rows.div(Tensors.plus(norms, NORMALISATION_EPSILON).unsqueeze(1));
  }

  private Tensor thresholds(long from, long count) {
    if (tensors.has(THRESHOLDS)) {
      return tensors.rows(THRESHOLDS, from, count).exp();
    }
    return tensors.has(RUNNING_THRESHOLD)
        ? tensors.perFeature(RUNNING_THRESHOLD, features, from, count)
        : Tensors.full(config.threshold().orElseThrow(), count);
  }
}
