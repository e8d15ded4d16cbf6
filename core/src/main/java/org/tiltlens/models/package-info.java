/**
 * What the names in a spec open: networks, bundles, presets, and the hashes that say which they
 * were.
 *
 * <pre id="models">{@code
 * Inspection found = Inspection.of(file); // reads the file's headers alone
 * System.out.println(found.architecture() + ", " + found.parameters() + " parameters");
 * }</pre>
 */
package org.tiltlens.models;
