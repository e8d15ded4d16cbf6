/** The command {@code demo}: a gallery of what a bundle's features respond to. */
package org.tiltlens.demo;
