package org.tiltlens.feature;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntToDoubleFunction;
import java.util.function.UnaryOperator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.tiltlens.checkpoint.PytorchWriter;
import org.tiltlens.checkpoint.SafetensorsWriter;
import org.tiltlens.torch.Scope;
import org.tiltlens.torch.Tensors;

/**
 * A small random dictionary as one library would write it, and what that library computes with it:
 * plain double-precision loops after its own source, nothing folded.
 *
 * @param name for reports
 * @param file its weights
 * @param stored the tensors by name
 * @param settings the settings files by name
 * @param pre pre-activations of one position: (C) -> (K)
 * @param active codes from pre-activations: (K) -> (K)
 * @param decode the prediction: (K) -> (C)
 */
record FormatSample(
    String name,
    String file,
    Map<String, Numbers> stored,
    Map<String, String> settings,
    UnaryOperator<double[]> pre,
    UnaryOperator<double[]> active,
    UnaryOperator<double[]> decode) {
  static final int FEATURES = 7;
  static final int CHANNELS = 5;
  private static final String SAFETENSORS = "sae_weights.safetensors";
  private static final String IN = "blocks.1.hook_resid_post";

  /** Numbers of a shape; float32 numbers, so that a file holds them exactly. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  record Numbers(double[] values, Long... shape) {
    double at(int row, int column) {
      return values[Math.toIntExact(row * shape[1] + column)];
    }

    double at(int index) {
      return values[index];
    }

    Tensor tensor() {
      long[] sizes = Arrays.stream(shape).mapToLong(Long::longValue).toArray();
      return Tensors.float32(Tensors.doubles(values, sizes));
    }
  }

  /** Writes the weights and their settings into a folder; returns the weights' path. */
  Path write(Path folder) {
    try (Scope scope = Scope.open()) {
      Files.createDirectories(folder);
      Path weights = folder.resolve(file);
      if (file.endsWith(".safetensors")) {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        stored.forEach((key, numbers) -> tensors.put(key, numbers.tensor()));
        SafetensorsWriter.write(weights, tensors, Map.of());
      } else {
        Map<String, List<Long>> shapes = new LinkedHashMap<>();
        stored.forEach((key, numbers) -> shapes.put(key, List.of(numbers.shape())));
        PytorchWriter.write(weights, shapes, key -> stored.get(key).tensor());
      }
      for (Map.Entry<String, String> entry : settings.entrySet()) {
        Files.writeString(folder.resolve(entry.getKey()), entry.getValue().replace('\'', '"'));
      }
      return weights;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The same dictionary with one more or another tensor. */
  FormatSample with(String key, Numbers numbers) {
    Map<String, Numbers> more = new LinkedHashMap<>(stored);
    more.put(key, numbers);
    return new FormatSample(name, file, more, settings, pre, active, decode);
  }

  /** The same dictionary without a tensor. */
  FormatSample without(String key) {
    Map<String, Numbers> fewer = new LinkedHashMap<>(stored);
    fewer.remove(key);
    return new FormatSample(name, file, fewer, settings, pre, active, decode);
  }

  /** The same dictionary with other settings. */
  FormatSample with(Map<String, String> others) {
    return new FormatSample(name, file, stored, others, pre, active, decode);
  }

  @Override
  public String toString() {
    return name;
  }

  /** One of every way to store a dictionary that is read. */
  static List<FormatSample> all() {
    List<FormatSample> samples = new ArrayList<>();
    samples.add(languageModelSaes("relu", "'norm_activation': 'none'", relu()));
    samples.add(languageModelSaes("topk", "'norm_activation': 'none', 'top_k': 3", topK(3, true)));
    samples.add(saeLens("standard", "'architecture': 'standard'", true, 1, relu()));
    samples.add(saeLens("uncentred", "'apply_b_dec_to_input': false", false, 1, relu()));
    samples.add(
        saeLens(
                "normalised",
                "'normalize_activations': 'expected_average_only_in'",
                true,
                0.3,
                relu())
            .with(
                Map.of(
                    "cfg.json",
                    cfg("'normalize_activations': 'expected_average_only_in'"),
                    "activation_scaler.json",
                    "{'scaling_factor': 0.3}")));
    samples.add(
        saeLens(
            "topk",
            "'architecture': 'topk', 'k': 2, 'normalize_activations': 'none'",
            true,
            1,
            topK(2, false)));
    samples.add(
        saeLens(
            "topk of old",
            "'activation_fn_str': 'topk', 'activation_fn_kwargs': {'k': 2},"
                + " 'normalize_activations': false",
            true,
            1,
            topK(2, false)));
    samples.add(rescaled());
    samples.add(
        saeLens("jumprelu", "'architecture': 'jumprelu'", true, 1, above(j -> THRESHOLD.at(j)))
            .with("threshold", THRESHOLD));
    samples.add(
        saeLens(
                "log jumprelu",
                "'architecture': 'jumprelu'",
                true,
                1,
                above(j -> Math.exp(LOG.at(j))))
            .with("log_threshold", LOG));
    samples.add(
        saeLens("batchtopk", "'architecture': 'batchtopk', 'k': 2.5", true, 1, above(j -> 0.25))
            .with("topk_threshold", new Numbers(new double[] {0.25})));
    samples.add(finetuned());
    samples.add(overcomplete("relu", "sae.safetensors", "'architecture': 'relu'", relu()));
    samples.add(
        batchNormed(
            overcomplete("topk", "sae.pt", "'architecture': 'topk', 'top_k': 2", topK(2, false))));
    samples.add(
        overcomplete(
                "jumprelu",
                "sae.pth",
                "'hook_point_in': '" + IN + "'",
                above(j -> Math.exp(LOG.at(j))))
            .with("thresholds", LOG));
    samples.add(
        overcomplete(
            "batchtopk",
            "sae.pt",
            "'architecture': 'batchtopk', 'running_threshold': 0.25",
            above(j -> 0.25)));
    return samples;
  }

  // ---- the numbers

  private static Numbers random(String seed, Long... shape) {
    Random random = new Random(seed.hashCode());
    int count = (int) Arrays.stream(shape).mapToLong(Long::longValue).reduce(1, (a, b) -> a * b);
    return new Numbers(random.doubles(count, -1, 1).map(x -> (float) x).toArray(), shape);
  }

  private static final long K = FEATURES;
  private static final long C = CHANNELS;
  private static final Numbers ENCODER = random("encoder", C, K);
  private static final Numbers ENCODER_ROWS = random("encoder rows", K, C);
  private static final Numbers ENCODER_BIAS = random("encoder bias", K);
  private static final Numbers DECODER = random("decoder", K, C);
  private static final Numbers DECODER_BIAS = random("decoder bias", C);
  private static final Numbers LOG = random("log thresholds", K);
  private static final Numbers FACTOR = random("factor", K);
  private static final Numbers THRESHOLD = positive("thresholds");

  private static Numbers positive(String seed) {
    double[] values = random(seed, K).values();
    return new Numbers(Arrays.stream(values).map(Math::abs).toArray(), K);
  }

  // ---- formulas

  private static double[] map(int count, IntToDoubleFunction value) {
    return IntStream.range(0, count).mapToDouble(value).toArray();
  }

  private static double sum(int count, IntToDoubleFunction value) {
    return IntStream.range(0, count).mapToDouble(value).sum();
  }

  private static double decoderNorm(int feature) {
    return Math.sqrt(sum(CHANNELS, c -> DECODER.at(feature, c) * DECODER.at(feature, c)));
  }

  private static UnaryOperator<double[]> relu() {
    return above(j -> 0);
  }

  private static UnaryOperator<double[]> above(IntToDoubleFunction threshold) {
    return pre -> map(FEATURES, j -> pre[j] > Math.max(0, threshold.applyAsDouble(j)) ? pre[j] : 0);
  }

  private static UnaryOperator<double[]> topK(int k, boolean byDecoderNorm) {
    return pre -> {
      double[] weight = map(FEATURES, j -> byDecoderNorm ? pre[j] * decoderNorm(j) : pre[j]);
      double least = Arrays.stream(weight).sorted().toArray()[FEATURES - k];
      return map(FEATURES, j -> weight[j] >= least ? Math.max(0, pre[j]) : 0);
    };
  }

  // ---- the formats

  private static FormatSample languageModelSaes(
      String activation, String settings, UnaryOperator<double[]> active) {
    Map<String, Numbers> stored = new LinkedHashMap<>();
    stored.put("W_E", ENCODER);
    stored.put("b_E", ENCODER_BIAS);
    stored.put("W_D", DECODER);
    stored.put("b_D", DECODER_BIAS);
    String config =
        "{'sae_type': 'sae', 'd_model': 5, 'hook_point_in': '%s', 'act_fn': '%s', %s}"
            .formatted(IN, activation, settings);
    return new FormatSample(
        "Language-Model-SAEs " + activation,
        SAFETENSORS,
        stored,
        Map.of("config.json", config),
        x -> map(FEATURES, j -> ENCODER_BIAS.at(j) + sum(CHANNELS, c -> x[c] * ENCODER.at(c, j))),
        active,
        z -> map(CHANNELS, c -> DECODER_BIAS.at(c) + sum(FEATURES, j -> z[j] * DECODER.at(j, c))));
  }

  private static String cfg(String settings) {
    return "{'d_in': 5, 'd_sae': 7, 'metadata': {'hook_name': '%s'}, %s}".formatted(IN, settings);
  }

  /** {@code sae_lens.saes.SAE}: process_sae_in, encode, decode; scaled as ActivationScaler does. */
  private static FormatSample saeLens(
      String name, String settings, boolean centred, double scale, UnaryOperator<double[]> active) {
    Map<String, Numbers> stored = new LinkedHashMap<>();
    stored.put("W_enc", ENCODER);
    stored.put("b_enc", ENCODER_BIAS);
    stored.put("W_dec", DECODER);
    stored.put("b_dec", DECODER_BIAS);
    return new FormatSample(
        "SAELens " + name,
        SAFETENSORS,
        stored,
        Map.of("cfg.json", cfg(settings)),
        x -> {
          double[] in = map(CHANNELS, c -> scale * x[c] - (centred ? DECODER_BIAS.at(c) : 0));
          return map(
              FEATURES, j -> ENCODER_BIAS.at(j) + sum(CHANNELS, c -> in[c] * ENCODER.at(c, j)));
        },
        active,
        z ->
            map(
                CHANNELS,
                c -> (DECODER_BIAS.at(c) + sum(FEATURES, j -> z[j] * DECODER.at(j, c))) / scale));
  }

  private static FormatSample rescaled() {
    FormatSample plain =
        saeLens(
            "topk rescaled",
            "'architecture': 'topk', 'k': 2, 'rescale_acts_by_decoder_norm': true",
            true,
            1,
            topK(2, false));
    return new FormatSample(
        plain.name,
        plain.file,
        plain.stored,
        plain.settings,
        x -> {
          double[] pre = plain.pre.apply(x);
          return map(FEATURES, j -> pre[j] * decoderNorm(j));
        },
        plain.active,
        z -> plain.decode.apply(map(FEATURES, j -> z[j] / decoderNorm(j))));
  }

  private static FormatSample finetuned() {
    FormatSample plain = saeLens("finetuned", "'finetuning_scaling_factor': true", true, 1, relu());
    return new FormatSample(
            plain.name,
            plain.file,
            plain.stored,
            plain.settings,
            plain.pre,
            plain.active,
            z -> plain.decode.apply(map(FEATURES, j -> z[j] * FACTOR.at(j))))
        .with("scaling_factor", FACTOR);
  }

  /** {@code overcomplete.sae.SAE} with an MLPEncoder of one block; l2 dictionary. */
  private static FormatSample overcomplete(
      String name, String file, String settings, UnaryOperator<double[]> active) {
    Map<String, Numbers> stored = new LinkedHashMap<>();
    stored.put("encoder.final_block.0.weight", ENCODER_ROWS);
    stored.put("encoder.final_block.0.bias", ENCODER_BIAS);
    stored.put("dictionary._weights", DECODER);
    return new FormatSample(
        "overcomplete " + name,
        file,
        stored,
        Map.of("config.json", "{" + settings + "}"),
        x ->
            map(
                FEATURES,
                j -> ENCODER_BIAS.at(j) + sum(CHANNELS, c -> x[c] * ENCODER_ROWS.at(j, c))),
        active,
        z ->
            map(
                CHANNELS,
                c -> sum(FEATURES, j -> z[j] * DECODER.at(j, c) / (decoderNorm(j) + 1e-8))));
  }

  private static FormatSample batchNormed(FormatSample plain) {
    Numbers gamma = random("gamma", K);
    Numbers beta = random("beta", K);
    Numbers mean = random("mean", K);
    Numbers variance = positive("variance");
    return new FormatSample(
            plain.name,
            plain.file,
            plain.stored,
            plain.settings,
            x -> {
              double[] z = plain.pre.apply(x);
              return map(
                  FEATURES,
                  j ->
                      gamma.at(j) * (z[j] - mean.at(j)) / Math.sqrt(variance.at(j) + 1e-5)
                          + beta.at(j));
            },
            plain.active,
            plain.decode)
        .with("encoder.final_block.1.weight", gamma)
        .with("encoder.final_block.1.bias", beta)
        .with("encoder.final_block.1.running_mean", mean)
        .with("encoder.final_block.1.running_var", variance);
  }
}
