/**
 * Where prior and score meet: drawing images from {@code q_beta(x) ∝ p(x) exp(beta s(x))}.
 *
 * <pre id="synthesis">{@code
 * Guidance.Tilt tilt = new Guidance.Tilt(3.2, new Objective.Maximize(), Strength.FULL);
 * GuidedSampler sampler = new GuidedSampler(prior, score, tilt, new AncestralStep());
 * try (Trajectory trajectory = sampler.run(45, 0)) { // sample 0 of seed 45
 *   Tensor image = trajectory.x(); // (1, 3, H, W) in about [-1, 1]; the trajectory's
 *   System.out.println(score.of(image).item_double());
 * }
 * }</pre>
 *
 * <p>Guided samples follow q_beta as far as the clean estimate tells the score. The twisted sampler
 * weighs its particles for the rest, and says what log Z, the mean score and KL are:
 *
 * <pre id="synthesis-twisted">{@code
 * TwistedSampler twisted = new TwistedSampler(prior, score, tilt, 64, lanes);
 * try (TwistedSamples samples = twisted.run(45)) {
 *   Estimate kl = samples.estimate().kl();
 *   System.out.println(samples.meanScore() + " at a KL of " + kl);
 * }
 * }</pre>
 *
 * <p>Without a prior, a corpus' own images can stand for q_beta:
 *
 * <pre id="synthesis-retrieval">{@code
 * List<Integer> images = Retrieval.of(scores, 3.2).drawn(16, 45);
 * }</pre>
 *
 * <p>The older methods climb to one image, and can be stopped and saved after any step:
 *
 * <pre id="synthesis-ascent">{@code
 * Tensor image = new FourierAscent(score, 32, 4).synthesize(45, 0); // sample 0 of seed 45
 * }</pre>
 */
package org.tiltlens.synthesis;
