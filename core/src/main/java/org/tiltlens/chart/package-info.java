/**
 * What charts share: style, axes, places of names, and their files as PNG and SVG.
 *
 * <p>Serves the commands: not for use from outside, and free to change.
 */
package org.tiltlens.chart;
