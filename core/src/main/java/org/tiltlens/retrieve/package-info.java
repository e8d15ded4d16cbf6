/** The command {@code retrieve}: the corpus' own images of a unit, weighted by its tilt. */
package org.tiltlens.retrieve;
