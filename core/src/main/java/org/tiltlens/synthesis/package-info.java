/**
 * Where prior and score meet: drawing images from {@code q_beta(x) ∝ p(x) exp(beta s(x))}.
 *
 * <pre>{@code
 * Guidance tilt = new Guidance.Tilt(3.2, new Objective.Maximize(), Strength.FULL);
 * GuidedSampler sampler = new GuidedSampler(prior, score, tilt, new AncestralStep());
 * try (Trajectory trajectory = sampler.run(45, 0)) { // sample 0 of seed 45
 *   Tensor image = trajectory.x(); // (1, 3, H, W) in [-1, 1]
 * }
 * }</pre>
 */
package org.tiltlens.synthesis;
