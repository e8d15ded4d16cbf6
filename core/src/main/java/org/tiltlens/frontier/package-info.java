/**
 * The command {@code frontier}: the score each method reaches, against how far it goes from the
 * natural images.
 */
package org.tiltlens.frontier;
