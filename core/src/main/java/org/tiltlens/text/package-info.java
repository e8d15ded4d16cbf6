/** From a prompt to its tokens, and on to the vectors that score or condition an image. */
package org.tiltlens.text;
