/**
 * Priors: distributions of images known through their reverse diffusion, and how to sample them
 * unguided.
 *
 * <pre id="diffusion">{@code
 * UnguidedSampler sampler = new UnguidedSampler(prior, new AncestralStep());
 * Tensor image = sampler.sample(45, 0); // sample 0 of seed 45, (1, 3, H, W)
 * }</pre>
 *
 * <p>Nothing here knows of scores: guidance wraps {@link org.tiltlens.diffusion.Prior#predict} and
 * hands a changed {@link org.tiltlens.diffusion.Prediction} to a {@link
 * org.tiltlens.diffusion.ReverseStep}.
 */
package org.tiltlens.diffusion;
