package org.tiltlens.prompts;

import org.tiltlens.diffusion.DdimStep;
import org.tiltlens.diffusion.LcmStep;
import org.tiltlens.diffusion.ReverseStep;

/**
 * How a prompt's images are drawn, while one is looked for and afterwards.
 *
 * @param form {@code lcm}, for latent consistency models, or {@code ddim}
 * @param respacing the steps that are taken, such as {@code lcm4}
 * @param eta of DDIM, 0 for steps without noise
 * @param guidance w of classifier-free guidance away from the empty text; 1 for p(x | prompt)
 * @param images as many with noise of their own are looked at in each step of a search
 * @param fresh whether the noise between the steps is drawn anew in each step of a search; the
 *     first noise stays
 */
public record SamplerSettings(
    String form, String respacing, double eta, double guidance, int images, boolean fresh) {
  /**
   * DEXTER's: four steps of a latent consistency model, no guidance, one image. Its code draws the
   * noise between the steps anew; here all stays.
   */
  public static final SamplerSettings DEXTER = new SamplerSettings("lcm", "lcm4", 0, 1, 1, false);

  public SamplerSettings {
    if (!form.equals("lcm") && !form.equals("ddim")) {
      throw new IllegalArgumentException(
          "sampling.form '%s', expected lcm or ddim".formatted(form));
    }
    Checks.require(images >= 1, "sampling.images", images, "at least 1");
    Checks.require(eta >= 0 && eta <= 1, "sampling.eta", eta, "between 0 and 1");
    Checks.require(
        guidance >= 0 && Double.isFinite(guidance),
        "sampling.guidance",
        guidance,
        "at least 0 and finite");
  }

  /** How to go from x_t to x_{t-1}. */
  ReverseStep step() {
    return form.equals("lcm") ? new LcmStep() : new DdimStep(eta);
  }
}
