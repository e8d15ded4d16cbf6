package org.tiltlens.unet;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Set;
import org.tiltlens.checkpoint.CheckpointException;
import org.tiltlens.checkpoint.JsonSettings;
import org.tiltlens.diffusion.NoiseSchedule;
import org.tiltlens.diffusion.Predicts;
import org.tiltlens.diffusion.VarianceType;

/**
 * What a {@code scheduler_config.json} of diffusers says of how a network was trained and is to be
 * sampled. Which steps its sampler takes does not matter here.
 *
 * @param name of the noise schedule, for {@link NoiseSchedule#named}
 * @param steps it was trained with
 * @param clipX0 whether the clean estimate is limited to [-1, 1]
 */
public record DiffusersSchedule(
    String name, int steps, VarianceType variance, boolean clipX0, Predicts predicts) {
  private static final int MOST_STEPS = 1_000_000;

  /** diffusers' defaults, those of Ho et al. 2020. */
  private static final double FIRST = 0.0001;

  private static final double LAST = 0.02;

  /** Those that limit the clean estimate where nothing is said. */
  private static final List<String> CLIPPING = List.of("DDPMScheduler", "DDIMScheduler");

  /** Those that have the defaults above. */
  private static final List<String> USUAL =
      List.of("DDPMScheduler", "DDIMScheduler", "PNDMScheduler");

  /** Samplers of a network trained as the others. */
  private static final List<String> CLASSES =
      List.of(
          "DDPMScheduler",
          "DDIMScheduler",
          "PNDMScheduler",
          "LMSDiscreteScheduler",
          "EulerDiscreteScheduler",
          "EulerAncestralDiscreteScheduler",
          "HeunDiscreteScheduler",
          "DPMSolverMultistepScheduler",
          "UniPCMultistepScheduler",
          "LCMScheduler");

  /** How its own sampler goes. */
  private static final Set<String> IGNORED =
      Set.of(
          "timestep_spacing",
          "steps_offset",
          "set_alpha_to_one",
          "dynamic_thresholding_ratio",
          "sample_max_value",
          "tensor_format",
          "skip_prk_steps",
          "interpolation_type",
          "sigma_min",
          "sigma_max",
          "sigma_data",
          "timestep_type",
          "final_sigmas_type",
          "use_karras_sigmas",
          "use_exponential_sigmas",
          "use_beta_sigmas",
          "use_lu_lambdas",
          "use_flow_sigmas",
          "flow_shift",
          "use_dynamic_shifting",
          "time_shift_type",
          "euler_at_final",
          "solver_order",
          "solver_type",
          "solver_p",
          "algorithm_type",
          "lower_order_final",
          "lambda_min_clipped",
          "predict_x0",
          "disable_corrector",
          "original_inference_steps",
          "timestep_scaling");

  private static final Set<String> KNOWN =
      Set.of(
          "num_train_timesteps",
          "beta_start",
          "beta_end",
          "beta_schedule",
          "trained_betas",
          "variance_type",
          "clip_sample",
          "clip_sample_range",
          "prediction_type",
          "predict_epsilon",
          "thresholding",
          "rescale_betas_zero_snr");

  /**
   * Reads a {@code scheduler_config.json}; what it leaves out is as in diffusers.
   *
   * @throws CheckpointException if a key is unknown or has a value that is not read; one line
   */
  static DiffusersSchedule of(JsonSettings config) {
    String kind = config.word("_class_name", null, CLASSES);
    requireKnown(config);
    requireBetas(config, kind);
    config.refuse("use_flow_sigmas", "flow matching is not read");
    config.refuse("thresholding", "dynamic thresholding has no density");
    config.refuse(
        "rescale_betas_zero_snr",
        "with a last step of noise alone, neither the noise's mean nor a bound is known there");
    boolean clip = config.flag("clip_sample", CLIPPING.contains(kind));
    if (clip && config.has("clip_sample_range") && config.number("clip_sample_range") != 1) {
      throw config.wrong("clip_sample_range", "1, the range of pixels");
    }
    int steps = config.integer("num_train_timesteps", 1000, 2, MOST_STEPS);
    DiffusersSchedule read =
        new DiffusersSchedule(name(config, steps), steps, variance(config), clip, predicts(config));
    try {
      NoiseSchedule.named(read.name, steps);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(config.source() + ": " + e.getMessage(), e);
    }
    return read;
  }

  private static void requireKnown(JsonSettings config) {
    for (Iterator<String> names = config.root().fieldNames(); names.hasNext(); ) {
      String name = names.next();
      boolean passed =
          name.startsWith("_") || IGNORED.contains(name) || config.root().get(name).isNull();
      if (!passed && !KNOWN.contains(name)) {
        throw config.wrong(name, "nothing: Tiltlens does not know this key of a scheduler");
      }
    }
  }

  /** Others have defaults of their own, which a saved file says. */
  private static void requireBetas(JsonSettings config, String kind) {
    for (String key : List.of("beta_schedule", "beta_start", "beta_end")) {
      if (!USUAL.contains(kind) && !config.has(key) && !config.has("trained_betas")) {
        throw config.wrong(key, "the one that the network was trained with");
      }
    }
  }

  private static String name(JsonSettings config, int steps) {
    if (config.has("trained_betas")) {
      List<String> betas = new ArrayList<>();
      if (!config.root().get("trained_betas").isArray()) {
        throw config.wrong("trained_betas", "a list of numbers between 0 and 1");
      }
      for (JsonNode beta : config.root().get("trained_betas")) {
        double value = beta.isNumber() ? beta.doubleValue() : Double.NaN;
        if (!(value > 0 && value < 1)) {
          throw new CheckpointException(
              "%s: trained_betas[%d] is %s, expected a number above 0 and below 1"
                  .formatted(
                      config.source(),
                      betas.size(),
                      beta.isNumber() ? beta.asText() : beta.toString()));
        }
        betas.add(Double.toString(value));
      }
      if (betas.size() != steps) {
        throw new CheckpointException(
            "%s: trained_betas are %d, expected one for each of num_train_timesteps %d"
                .formatted(config.source(), betas.size(), steps));
      }
      return "betas:" + String.join(",", betas);
    }
    String shape =
        config.word(
            "beta_schedule", "linear", List.of("linear", "scaled_linear", "squaredcos_cap_v2"));
    if (shape.equals("squaredcos_cap_v2")) {
      return "cosine";
    }
    double first = beta(config, "beta_start", FIRST);
    double last = beta(config, "beta_end", LAST);
    boolean usual = steps == 1000 && first == FIRST && last == LAST;
    return shape.equals("linear") && usual ? shape : shape + ":" + first + ":" + last;
  }

  private static double beta(JsonSettings config, String key, double otherwise) {
    double beta = config.has(key) ? config.number(key) : otherwise;
    if (!(beta > 0 && beta < 1)) {
      throw config.wrong(key, "a number between 0 and 1");
    }
    return beta;
  }

  private static VarianceType variance(JsonSettings config) {
    List<String> known = List.of("fixed_small", "fixed_small_log", "fixed_large", "learned_range");
    return switch (config.word("variance_type", "fixed_small", known)) {
      case "fixed_large" -> VarianceType.FIXED_LARGE;
      case "learned_range" -> VarianceType.LEARNED_RANGE;
      default -> VarianceType.FIXED_SMALL;
    };
  }

  /** {@code predict_epsilon} is how diffusers said it at first. */
  private static Predicts predicts(JsonSettings config) {
    String usual = config.flag("predict_epsilon", true) ? "epsilon" : "sample";
    List<String> known = List.of("epsilon", "v_prediction", "sample");
    return switch (config.word("prediction_type", usual, known)) {
      case "v_prediction" -> Predicts.V;
      case "sample" -> Predicts.X0;
      default -> Predicts.EPSILON;
    };
  }
}
