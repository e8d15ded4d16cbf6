/** The command {@code explain}: why a given picture drives a unit. */
package org.tiltlens.explain;
