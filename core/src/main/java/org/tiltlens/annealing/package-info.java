/**
 * Samples of {@code q_beta} itself: paths of the prior, reweighted rung by rung and moved by steps
 * that keep the tilt.
 *
 * <p>The tilt is of whole paths of the prior's sampler, from noise to image, {@code pi_beta(x_T ..
 * x_0) ∝ p(x_T .. x_0) exp(beta s(x_0))}: its last images are q_beta for the prior exactly as it is
 * sampled. No gradient is needed, and no clean estimate stands for the image.
 *
 * <pre id="annealing">{@code
 * PathSampler paths =
 *     PathSampler.of(prior, new AncestralStep(), score, new Objective.Maximize());
 * Pool pool = Pool.drawn(paths, 45, 64, lanes); // serves any beta
 * Annealing annealing =
 *     new Annealing(paths, new Goal.Beta(3.2), Annealing.Settings.usual(16), lanes);
 * try (AnnealedSamples samples = annealing.run(45, pool)) {
 *   System.out.println(samples.estimate().kl() + ", of " + samples.ancestors() + " ancestors");
 * }
 * }</pre>
 *
 * <p>{@link org.tiltlens.annealing.Renoising} starts from images of a corpus instead, by their
 * weights, and turns them into new ones: an approximation, whose {@link
 * org.tiltlens.annealing.Drift} is measured.
 */
package org.tiltlens.annealing;
