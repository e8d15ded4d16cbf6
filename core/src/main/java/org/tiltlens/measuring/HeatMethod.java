package org.tiltlens.measuring;

import java.util.Arrays;
import java.util.Optional;
import org.tiltlens.attribution.ActivationMap;
import org.tiltlens.attribution.Attribution;
import org.tiltlens.attribution.GradCam;
import org.tiltlens.attribution.GradientTimesActivation;
import org.tiltlens.attribution.Occlusion;
import org.tiltlens.vision.HookPoint;

/** The heat maps of an explained picture, in their order on the page. */
public enum HeatMethod {
  ACTIVATION("activation", "Activation map", "where the unit responds, before crop and reduction") {
    @Override
    public Attribution of(Optional<HookPoint> gradientHook, Occlusion occlusion) {
      return new ActivationMap();
    }
  },
  GRADIENT_ACTIVATION(
      "gradient-activation",
      "Gradient × activation",
      "what each position contributes to the score, to first order; blue holds it down") {
    @Override
    public Attribution of(Optional<HookPoint> gradientHook, Occlusion occlusion) {
      return new GradientTimesActivation(gradientHook);
    }
  },
  GRAD_CAM(
      "grad-cam",
      "Grad-CAM",
      "where the channels are active that raise the score on the whole, weighed by how much") {
    @Override
    public Attribution of(Optional<HookPoint> gradientHook, Occlusion occlusion) {
      return new GradCam(gradientHook);
    }
  },
  OCCLUSION(
      "occlusion",
      "Occlusion",
      "how far the score falls where a patch of the mean colour covers the picture; blue: it"
          + " rises") {
    @Override
    public Attribution of(Optional<HookPoint> gradientHook, Occlusion occlusion) {
      return occlusion;
    }
  };

  private final String key;
  private final String label;
  private final String meaning;

  HeatMethod(String key, String label, String meaning) {
    this.key = key;
    this.label = label;
    this.meaning = meaning;
  }

  /**
   * The method.
   *
   * @param gradientHook where gradients are taken; empty for where the unit is
   */
  public abstract Attribution of(Optional<HookPoint> gradientHook, Occlusion occlusion);

  /** The method of a {@link #key}. */
  public static HeatMethod ofKey(String key) {
    return Arrays.stream(values())
        .filter(method -> method.key.equals(key))
        .findFirst()
        .orElseThrow(() -> new IllegalArgumentException("no method '" + key + "'"));
  }

  /** Its name in files and in the {@code run.json}. */
  public String key() {
    return key;
  }

  /** Its name, a word or two. */
  public String label() {
    return label;
  }

  /** One sentence without its full stop. */
  public String meaning() {
    return meaning;
  }
}
