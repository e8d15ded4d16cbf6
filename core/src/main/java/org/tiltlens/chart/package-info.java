/** What charts share: style, axes, places of names, and their files as PNG and SVG. */
package org.tiltlens.chart;
