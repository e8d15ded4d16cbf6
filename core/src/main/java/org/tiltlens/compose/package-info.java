/** The command {@code compose}: images of several units at once. */
package org.tiltlens.compose;
