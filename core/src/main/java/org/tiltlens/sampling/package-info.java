/**
 * Samplers' walks that can be stopped, saved and taken up again to the bit, and what is estimated
 * of them.
 *
 * <p>Serves the commands: not for use from outside, and free to change, but for the values that
 * results show: {@link org.tiltlens.sampling.Estimates}, {@link org.tiltlens.sampling.Estimated}
 * and {@link org.tiltlens.sampling.Particles}.
 */
package org.tiltlens.sampling;
