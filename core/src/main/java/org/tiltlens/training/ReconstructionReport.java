package org.tiltlens.training;

import java.util.Locale;

/**
 * How far reconstructions of images that an autoencoder was not trained on are from these, one by
 * one and as a set.
 *
 * @param heldOutImages how many images the numbers are over
 * @param reconstructionError mean absolute error of a number of an image, in [-1, 1] from black to
 *     white
 * @param psnr mean over images of 10 log10(4 / mean squared error), in decibels
 * @param klPerLatent mean divergence of a number of a latent from N(0, 1), in nats
 * @param latentDeviation standard deviation of all numbers of latents drawn of their posteriors
 *     together: the root of the variance of the means and the mean of the variances
 * @param compared how many reconstructions were compared with as many other held-out images; 0:
 *     none, and no distances
 * @param features what the distances are in
 * @param frechetDistance between them; see {@link org.tiltlens.metrics.FrechetDistance}
 * @param heldOutFrechetDistance between the images that were reconstructed and those others: what
 *     perfect reconstructions would get
 * @param kernelDistance as frechetDistance; see {@link org.tiltlens.metrics.KernelDistance}
 * @param heldOutKernelDistance as heldOutFrechetDistance
 */
public record ReconstructionReport(
    int heldOutImages,
    double reconstructionError,
    double psnr,
    double klPerLatent,
    double latentDeviation,
    int compared,
    String features,
    Double frechetDistance,
    Double heldOutFrechetDistance,
    Double kernelDistance,
    Double heldOutKernelDistance) {

  /** The end of a report's line. */
  String summary() {
    String summary =
        String.format(
            Locale.ROOT,
            "error %.4f and PSNR %.2f dB on %d images held out, latents of deviation %.4f and %.2f"
                + " nats a number",
            reconstructionError,
            psnr,
            heldOutImages,
            latentDeviation,
            klPerLatent);
    return compared == 0
        ? summary
        : summary
            + String.format(
                Locale.ROOT,
                ", Frechet distance of %d reconstructions %.4f (held-out images among themselves"
                    + " %.4f), kernel distance %.2g (%.2g) in %s",
                compared,
                frechetDistance,
                heldOutFrechetDistance,
                kernelDistance,
                heldOutKernelDistance,
                features);
  }
}
