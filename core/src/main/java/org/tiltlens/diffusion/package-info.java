/**
 * Priors: distributions of images known through their reverse diffusion, and how to sample them
 * unguided.
 *
 * <pre>{@code
 * NoiseSchedule schedule = NoiseSchedule.linear(1000).respaced("250");
 * try (Prior prior = new DiffusionPrior(denoiser, schedule, DiffusionPrior.Options.LEARNED_RANGE)) {
 *   Tensor image = new UnguidedSampler(prior, new AncestralStep()).sample(45, 0);
 * }
 * }</pre>
 *
 * <p>Nothing here knows of scores: guidance wraps {@link org.tiltlens.diffusion.Prior#predict} and
 * hands a changed {@link org.tiltlens.diffusion.Prediction} to a {@link
 * org.tiltlens.diffusion.ReverseStep}.
 */
package org.tiltlens.diffusion;
