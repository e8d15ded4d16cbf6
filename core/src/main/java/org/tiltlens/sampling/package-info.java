/**
 * Samplers' walks that can be stopped, saved and taken up again to the bit, and what is estimated
 * of them.
 */
package org.tiltlens.sampling;
