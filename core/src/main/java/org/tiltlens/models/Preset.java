package org.tiltlens.models;

import java.util.Map;
import org.tiltlens.study.FlatSpec;

/**
 * Settings to start from; every one of them can be overridden.
 *
 * @see FlatSpec for their meanings
 */
public enum Preset {
  /** Our default: the principled tilt, 100 ancestral steps. */
  standard("tilt", null, "0.7", "0.5", "1", 0, "100", null),

  /**
   * The published settings of energy-guided diffusion posterior sampling (KLSC paper): constant
   * scale 1, 1000 ancestral steps of the unconditional ADM ImageNet-256 prior, DINOv3
   * ConvNeXt-Large at stages.2.20.hook_resid_pre, mix reduction over the central half. The cap
   * differs from feature to feature ({@code --cap}; the paper's examples have 15 and 20).
   */
  energydps("constant", 1.0, "0.7", "0.5", "1", 0, "1000", Published.HOOK),

  /**
   * The same with the authors' schedules: scale, mix alpha and lse temperature change along the
   * run.
   */
  energydps_scheduled(
      "constant",
      1.0,
      "0.25:0.5:0.5:linear",
      "0.5:0.1:0.5:linear",
      "1:0.5:0.2:exponential",
      0.05,
      "1000",
      Published.HOOK);

  private final String guidance;
  private final Double scale;
  private final String mixAlpha;
  private final String lseTemperature;
  private final String strength;
  private final double offAtEnd;
  private final String respacing;
  private final String hook;

  Preset(
      String guidance,
      Double scale,
      String mixAlpha,
      String lseTemperature,
      String strength,
      double offAtEnd,
      String respacing,
      String hook) {
    this.guidance = guidance;
    this.scale = scale;
    this.mixAlpha = mixAlpha;
    this.lseTemperature = lseTemperature;
    this.strength = strength;
    this.offAtEnd = offAtEnd;
    this.respacing = respacing;
    this.hook = hook;
  }

  public String guidance() {
    return guidance;
  }

  /** Factor of constant guidance; {@code null} where the guidance is another. */
  public Double scale() {
    return scale;
  }

  public String mixAlpha() {
    return mixAlpha;
  }

  public String lseTemperature() {
    return lseTemperature;
  }

  public String strength() {
    return strength;
  }

  public double offAtEnd() {
    return offAtEnd;
  }

  public String respacing() {
    return respacing;
  }

  /** Hook point, or {@code null} for the dictionary's own. */
  public String hook() {
    return hook;
  }

  /** What the prior's file cannot tell, by guided-diffusion's option names. */
  public Map<String, String> priorOptions() {
    return this == standard ? Map.of() : Published.PRIOR;
  }

  /** The published models; an enum's constants cannot refer to its own static fields. */
  private static final class Published {
    static final String HOOK = "stages.2.20.hook_resid_pre";

    static final Map<String, String> PRIOR =
        Map.of("image_size", "256", "num_head_channels", "64", "use_new_attention_order", "False");
  }
}
