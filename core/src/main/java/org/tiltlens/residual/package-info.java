/**
 * What residual networks of convolutions are made of, and how a checkpoint names it.
 *
 * <p>Serves the commands: not for use from outside, and free to change.
 */
package org.tiltlens.residual;
