package org.tiltlens.tilting;

/**
 * What a finite sample says of a tilt q_beta, with standard errors.
 *
 * <p>The three come from the same draws, so their errors are not independent: that of {@code kl =
 * beta mean - log Z} is propagated with the covariance, and usually smaller than the others'.
 *
 * @param logZ log E_p[exp(beta s)]
 * @param mean m = E_q[s]
 * @param kl KL(q_beta || p) in nats
 */
public record TiltEstimate(Estimate logZ, Estimate mean, Estimate kl) {}
