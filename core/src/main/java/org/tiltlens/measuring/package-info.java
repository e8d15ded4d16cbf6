/**
 * What is measured of a finished picture: its score, its bits per dimension, its heat maps.
 *
 * <p>Serves the commands: not for use from outside, and free to change.
 */
package org.tiltlens.measuring;
