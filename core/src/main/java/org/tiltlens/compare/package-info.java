/** The command {@code compare}: the methods side by side, measured in one way. */
package org.tiltlens.compare;
