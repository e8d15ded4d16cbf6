/**
 * Samplers' walks that can be stopped, saved and taken up again to the bit.
 *
 * <p>Serves the commands: not for use from outside, and free to change.
 */
package org.tiltlens.sampling;
